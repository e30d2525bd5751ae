package dev.atrium.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.atrium.hub.auth.PendingSignIn;
import dev.atrium.hub.testing.Keycloak;
import dev.atrium.hub.testing.Ports;
import dev.atrium.hub.testing.TestClient;
import dev.atrium.hub.testing.TestHub;
import dev.atrium.hub.testing.Waits;
import dev.atrium.schema.testing.TestDatabase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.client.HttpResponse;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signing in with a real Keycloak: one hub makes users of strangers, the other lets in whom it knows. */
@Order(1)
class OidcTest {

  @TempDir
  static Path folder;

  private static Keycloak keycloak;
  private static TestDatabase database;
  private static TestHub cluster;
  private static TestHub.Hub open;
  private static TestHub.Hub strict;
  private static Vertx browser;

  @BeforeAll
  static void start() throws Exception {
    keycloak = Keycloak.start();
    database = TestDatabase.migrated();
    database.execute(
      """
      INSERT INTO user_group (name) VALUES ('Legal'), ('Sales'), ('Chess');
      INSERT INTO department (name, parent_id) SELECT 'Law', id FROM department WHERE parent_id IS NULL;
      INSERT INTO department (name, parent_id) SELECT 'Contracts', id FROM department WHERE name = 'Law'"""
    );
    cluster = new TestHub(database.url());
    open = cluster.hub("hub-a", settings("on", keycloak.issuer()));
    strict = cluster.hub("hub-b", settings("off", keycloak.issuer()));
    browser = Vertx.vertx();
    new TestClient(browser, open.port()).signIn();
  }

  @AfterAll
  static void stop() throws Exception {
    cluster.close();
    Waits.get(browser.close());
    database.close();
    keycloak.close();
  }

  private static Map<String, String> settings(String create, String issuer) throws Exception {
    Path secret = folder.resolve("secret");
    Files.writeString(secret, Keycloak.SECRET + "\n");
    Path map = folder.resolve("map");
    Files.writeString(
      map,
      """
      # what groups of Keycloak give
      /staff/legal -> group:Legal
      /staff/sales -> group:Sales
      /staff/legal -> department:Law/Contracts
      /atrium-admins -> role:administrator
      /staff/legal -> role:department_administrator:Law
      /nowhere -> group:Missing
      """
    );
    Map<String, String> settings = new HashMap<>();
    settings.put("ATRIUM_OIDC_ISSUER", issuer);
    settings.put("ATRIUM_OIDC_CLIENT_ID", Keycloak.CLIENT);
    settings.put("ATRIUM_OIDC_CLIENT_SECRET_FILE", secret.toString());
    settings.put("ATRIUM_OIDC_TITLE", "the company's Keycloak");
    settings.put("ATRIUM_OIDC_CREATE_USERS", create);
    settings.put("ATRIUM_DIRECTORY_MAP_FILE", map.toString());
    return settings;
  }

  @AfterEach
  void nobodyButTheAdministrator() {
    database.execute(
      """
      DELETE FROM refresh_token; DELETE FROM user_session; DELETE FROM credential WHERE kind = 'oidc';
      UPDATE app_user SET name = 'former-' || id WHERE name IN ('ada', 'bob')"""
    );
  }

  private static HttpResponse<Buffer> begin(TestClient client) throws Exception {
    return client.call(HttpMethod.GET, "/api/session/oidc", null, Map.of());
  }

  /** All of it, as a browser does it; the last answer, which sends to a page of ours. */
  private static String signIn(TestClient client, String name) throws Exception {
    String there = begin(client).getHeader("Location");
    return back(client, keycloak.signIn(there, name, name + "'s password"));
  }

  private static String back(TestClient client, String callback) throws Exception {
    URI uri = URI.create(callback);
    HttpResponse<Buffer> answer = client.call(
      HttpMethod.GET,
      uri.getRawPath() + "?" + uri.getRawQuery(),
      null,
      Map.of("User-Agent", "Browser of the test")
    );
    assertThat(answer.statusCode()).isEqualTo(302);
    return answer.getHeader("Location");
  }

  private static TestClient client(TestHub.Hub hub) {
    return new TestClient(browser, hub.port());
  }

  private static String standing(String name) {
    return database.value(
      """
      SELECT concat_ws(' | ', d.name,
        (SELECT string_agg(g.name, ',' ORDER BY g.name) FROM group_member m JOIN user_group g ON g.id = m.group_id WHERE m.user_id = u.id),
        (SELECT string_agg(r.role, ',' ORDER BY r.role) FROM user_role r WHERE r.user_id = u.id))
      FROM app_user u JOIN department d ON d.id = u.department_id WHERE u.name = '%s'""".formatted(
          name
        )
    );
  }

  @Test
  void aStrangerBecomesAUserWithWhatTheirGroupsGive() throws Exception {
    TestClient ada = client(open);
    assertThat(ada.get("/api/sign-in").getJsonObject("oidc").getString("title")).isEqualTo(
      "the company's Keycloak"
    );
    HttpResponse<Buffer> begun = begin(ada);
    assertThat(begun.statusCode()).isEqualTo(302);
    assertThat(begun.getHeader("Location"))
      .startsWith(keycloak.issuer() + "/protocol/openid-connect/auth?")
      .contains("code_challenge_method=S256", "code_challenge=", "state=", "nonce=");
    assertThat(begun.cookies().getFirst()).contains(
      "Path=/api/session/oidc",
      "HTTPOnly",
      "SameSite=Lax"
    );

    assertThat(signIn(ada, "ada")).isEqualTo("/");
    JsonObject user = ada.get("/api/session").getJsonObject("user");
    assertThat(user.getString("name")).isEqualTo("ada");
    assertThat(user.getString("displayName")).isEqualTo("Ada Lovelace");
    assertThat(user.getBoolean("mustChangePassword")).isFalse();
    assertThat(standing("ada")).isEqualTo(
      "Contracts | Legal | administrator,department_administrator"
    );
    JsonObject session = ada.get("/api/sessions").getJsonArray("items").getJsonObject(0);
    assertThat(session.getString("provider")).isEqualTo("oidc");
    assertThat(
      database.value(
        "SELECT string_agg(action, ' ' ORDER BY id) FROM audit_record WHERE id > (SELECT max(id) FROM audit_record WHERE action = 'password.change')"
      )
    ).contains("user.created", "user.directory", "session.sign_in");
    // Nobody can sign in by that name with a password.
    assertThat(ada.post("/api/session", "ada", "ada's password").statusCode()).isEqualTo(401);
  }

  @Test
  void groupsAndRolesOfTheMapAreKeptInStepAndOthersLeftAlone() throws Exception {
    TestClient bob = client(open);
    signIn(bob, "bob");
    assertThat(standing("bob")).isEqualTo("Organisation | Sales");
    database.execute(
      """
      DELETE FROM group_member;
      INSERT INTO group_member SELECT g.id, u.id FROM user_group g, app_user u WHERE u.name = 'bob' AND g.name IN ('Legal', 'Chess');
      INSERT INTO user_role (user_id, role) SELECT id, r FROM app_user, unnest(ARRAY['administrator', 'auditor']) r WHERE name = 'bob'"""
    );
    assertThat(signIn(client(strict), "bob")).isEqualTo("/");
    assertThat(standing("bob")).isEqualTo("Organisation | Chess,Sales | auditor");
  }

  @Test
  void aStrangerIsNotMadeAUserWhereThatIsOff() throws Exception {
    assertThat(signIn(client(strict), "bob")).isEqualTo("/?signin=sign_in_refused");
    assertThat(database.value("SELECT count(*) FROM app_user WHERE name = 'bob'")).isEqualTo("0");
  }

  @Test
  void whoWasEnteredWithoutAPasswordIsKnownByNameOnce() throws Exception {
    database.execute(
      "INSERT INTO app_user (name, display_name, department_id) SELECT 'Bob', 'B', id FROM department WHERE name = 'Law'"
    );
    try {
      assertThat(signIn(client(strict), "bob")).isEqualTo("/");
      database.execute("UPDATE app_user SET name = 'robert' WHERE name = 'Bob'");
      TestClient bob = client(strict);
      assertThat(signIn(bob, "bob")).isEqualTo("/");
      assertThat(bob.get("/api/session").getJsonObject("user").getString("name")).isEqualTo(
        "robert"
      );
    } finally {
      database.execute(
        "UPDATE app_user SET name = 'former-' || id WHERE name IN ('Bob', 'robert')"
      );
    }
  }

  @Test
  void aNameIsNoProofForAnAccountWithAPassword() throws Exception {
    database.execute(
      """
      WITH u AS (INSERT INTO app_user (name, display_name, department_id) SELECT 'bob', 'B', id FROM department WHERE name = 'Law' RETURNING id)
      INSERT INTO credential (user_id, kind, password_hash) SELECT id, 'password', 'x' FROM u"""
    );
    assertThat(signIn(client(open), "bob")).isEqualTo("/?signin=sign_in_refused");
    Waits.until("it is recorded", () ->
      !"0".equals(
        database.value(
          "SELECT count(*) FROM audit_record WHERE action = 'session.sign_in' AND result = 'refused' AND details->>'reason' = 'name_taken'"
        )
      )
    );
  }

  @Test
  void aDisabledUserIsNotLetIn() throws Exception {
    signIn(client(open), "bob");
    database.execute("UPDATE app_user SET status = 'disabled' WHERE name = 'bob'");
    assertThat(signIn(client(open), "bob")).isEqualTo("/?signin=sign_in_refused");
  }

  @Test
  void onlyTheBrowserThatBeganCanEndAndOnlyOnce() throws Exception {
    TestClient bob = client(open);
    String callback = keycloak.signIn(begin(bob).getHeader("Location"), "bob", "bob's password");
    TestClient thief = client(open);
    assertThat(back(thief, callback)).isEqualTo("/?signin=sign_in_interrupted");
    begin(thief);
    assertThat(back(thief, callback)).isEqualTo("/?signin=sign_in_interrupted");
    String cookie = bob.cookie("atrium_oidc");
    // A hub of another address finishes what this one began: nothing is held in a hub.
    assertThat(back(bob.at(strict.port()), callback)).isEqualTo("/?signin=sign_in_refused");
    bob.cookie("atrium_oidc", cookie);
    assertThat(back(bob, callback))
      .as("the code is used up")
      .isEqualTo("/?signin=sign_in_interrupted");
    assertThat(back(bob, "http://x" + "/api/session/oidc/callback?error=access_denied")).isEqualTo(
      "/?signin=sign_in_interrupted"
    );
  }

  @Test
  void anotherNonceOrVerifierOrTooLongAWaitIsNoSignIn() throws Exception {
    for (Map.Entry<String, Object> other : Map.<String, Object>of(
      "nonce",
      "other",
      "verifier",
      "another-verifier-than-the-one-of-the-challenge",
      "until",
      1L
    ).entrySet()) {
      TestClient bob = client(open);
      String callback = keycloak.signIn(begin(bob).getHeader("Location"), "bob", "bob's password");
      bob.cookie(
        "atrium_oidc",
        PendingSignIn.with(bob.cookie("atrium_oidc"), other.getKey(), other.getValue())
      );
      assertThat(back(bob, callback)).as(other.getKey()).isEqualTo("/?signin=sign_in_interrupted");
    }
    assertThat(database.value("SELECT count(*) FROM app_user WHERE name = 'bob'")).isEqualTo("0");
  }

  @Test
  void aNewKeyOfTheProviderIsLearnedOnTheWay() throws Exception {
    assertThat(signIn(client(open), "bob")).isEqualTo("/");
    keycloak.rotateKey();
    assertThat(signIn(client(open), "bob")).isEqualTo("/");
  }

  @Test
  void signingOutLeadsToTheProviderToo() throws Exception {
    TestClient bob = client(open);
    signIn(bob, "bob");
    String url = bob
      .call(HttpMethod.DELETE, "/api/session", new JsonObject())
      .bodyAsJsonObject()
      .getString("signOutUrl");
    assertThat(url).startsWith(keycloak.issuer()).contains("client_id=atrium", "id_token_hint=ey");
    // Back to us at once; without the hint it would be a page that asks, and without our address a 400.
    assertThat(keycloak.status(url)).isEqualTo(302);
    assertThat(database.value("SELECT count(*) FROM session_hint")).isEqualTo("0");
    // Somebody with a password has nothing to do there.
    TestClient admin = client(open).signIn();
    assertThat(
      admin.call(HttpMethod.DELETE, "/api/session", new JsonObject()).bodyAsJsonObject()
    ).isEmpty();
  }

  @Test
  void aHubStartsWithoutTheProviderAndSaysSo() throws Exception {
    TestHub.Hub alone = cluster.hub(
      "hub-c",
      settings("on", "http://127.0.0.1:" + Ports.free() + "/realms/atrium")
    );
    assertThat(begin(client(alone)).getHeader("Location")).isEqualTo(
      "/?signin=identity_unavailable"
    );
    client(alone).signIn();

    // Fifty of an address that nobody finishes, and one more every three seconds.
    int more = 0;
    while (!begin(client(alone)).getHeader("Location").equals("/?signin=too_many_attempts")) {
      assertThat(++more).isLessThan(60);
    }
    assertThat(more).isGreaterThanOrEqualTo(49);
  }

  @Test
  void theButtonWorksInARealBrowser() throws Exception {
    Path chromium = Path.of("/usr/bin/chromium");
    assumeTrue(Files.isExecutable(chromium), "no Chromium: .ci/run installs it");
    ProcessBuilder npm = new ProcessBuilder("npm", "run", "--silent", "e2e")
      .directory(Path.of("../../web").toFile())
      .redirectErrorStream(true);
    npm
      .environment()
      .putAll(
        Map.of(
          "ATRIUM_URL",
          "http://127.0.0.1:" + open.port(),
          "ATRIUM_USER",
          "ada",
          "ATRIUM_PASSWORD",
          "ada's password",
          "ATRIUM_PROVIDER",
          "the company's Keycloak"
        )
      );
    Process browser = npm.start();
    String said = new String(browser.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(browser.waitFor()).as(said).isZero();
  }
}
