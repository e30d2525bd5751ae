package dev.atrium.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.testing.ScriptedNode;
import dev.atrium.hub.testing.TestClient;
import dev.atrium.hub.testing.TestHub;
import dev.atrium.hub.testing.Waits;
import dev.atrium.policy.ApiKey;
import dev.atrium.schema.testing.TestDatabase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.client.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sessions and API keys on two hubs: what is ended on one is ended on both, sockets included. */
class IdentityTest {

  private static final Logger log = LoggerFactory.getLogger(IdentityTest.class);
  private static final Duration PROMISED = Duration.ofSeconds(5);
  private static TestDatabase database;
  private static TestHub cluster;
  private static TestHub.Hub a;
  private static TestHub.Hub b;
  private static Vertx browser;
  private static int people;
  private String name;

  @BeforeAll
  static void start() throws Exception {
    database = TestDatabase.migrated();
    cluster = new TestHub(database.url());
    a = cluster.hub("hub-a");
    b = cluster.hub("hub-b");
    ScriptedNode node = cluster.node("node-1");
    node.says = "Hello.";
    browser = Vertx.vertx();
    TestClient admin = new TestClient(browser, a.port()).signIn();
    for (TestHub.Hub hub : List.of(a, b)) {
      admin.at(hub.port()).awaitModel();
    }
  }

  @AfterAll
  static void stop() throws Exception {
    cluster.close();
    Waits.get(browser.close());
    database.close();
  }

  /** Somebody new for each test, with the administrator's password. */
  @BeforeEach
  void person() {
    name = "person" + ++people;
    database.execute(
      """
      WITH u AS (INSERT INTO app_user (name, display_name, department_id)
        SELECT '%1$s', 'P', id FROM department WHERE parent_id IS NULL RETURNING id)
      INSERT INTO credential (user_id, kind, password_hash)
        SELECT u.id, 'password', c.password_hash
        FROM u, credential c JOIN app_user a ON a.id = c.user_id WHERE a.name = 'admin'""".formatted(
          name
        )
    );
  }

  private TestClient signIn(TestHub.Hub hub) throws Exception {
    TestClient client = new TestClient(browser, hub.port());
    assertThat(client.post("/api/session", name, TestHub.PASSWORD).statusCode()).isEqualTo(200);
    return client;
  }

  private String key(String scopes) {
    ApiKey key = ApiKey.create();
    database.execute(
      "INSERT INTO api_key (owner_id, name, prefix, secret_hash, scopes, expires_at) SELECT id, 'test', '%s', '\\x%s', '{%s}', now() + interval '1 hour' FROM app_user WHERE name = '%s'".formatted(
        key.prefix(),
        HexFormat.of().formatHex(key.hash()),
        scopes,
        name
      )
    );
    return key.reveal();
  }

  private static Map<String, String> bearer(String key) {
    return Map.of("Authorization", "Bearer " + key);
  }

  private static HttpResponse<Buffer> call(
    TestHub.Hub hub,
    HttpMethod method,
    String path,
    JsonObject body,
    String key
  ) throws Exception {
    return new TestClient(browser, hub.port()).call(method, path, body, bearer(key));
  }

  private static String code(HttpResponse<Buffer> response) {
    return response.bodyAsJsonObject().getJsonObject("error").getString("code");
  }

  /** Opens a socket on each hub for whoever these headers or cookies are. */
  private static List<TestClient.Socket> sockets(TestClient client, Map<String, String> headers)
    throws Exception {
    List<TestClient.Socket> sockets = new ArrayList<>();
    for (TestHub.Hub hub : List.of(a, b)) {
      TestClient there = client.at(hub.port());
      TestClient.Socket socket = headers.isEmpty() ? there.socket() : there.socket(headers);
      socket.await(HubFrame.Welcome.class);
      sockets.add(socket);
    }
    return sockets;
  }

  private static void expectClosed(String what, List<TestClient.Socket> sockets, long since)
    throws Exception {
    for (TestClient.Socket socket : sockets) {
      assertThat(socket.closeCode()).isEqualTo(4401);
    }
    Duration took = Duration.ofNanos(System.nanoTime() - since);
    log.info("{}: sockets were closed on both hubs after {} ms", what, took.toMillis());
    assertThat(took).isLessThan(PROMISED);
  }

  @Test
  void showsWhereOneIsSignedInAndNobodyElse() throws Exception {
    signIn(a);
    TestClient here = new TestClient(browser, b.port());
    here.call(
      HttpMethod.POST,
      "/api/session",
      new JsonObject().put("name", name).put("password", TestHub.PASSWORD),
      Map.of("Origin", here.origin(), "User-Agent", "Browser of the test")
    );
    var items = here.get("/api/sessions").getJsonArray("items");
    assertThat(items).hasSize(2);
    JsonObject mine = items.getJsonObject(0);
    assertThat(mine.getBoolean("current")).isTrue();
    assertThat(mine.getString("userAgent")).isEqualTo("Browser of the test");
    assertThat(mine.getString("address")).isEqualTo("127.0.0.1");
    assertThat(mine.getString("provider")).isEqualTo("password");
    assertThat(items.getJsonObject(1).getBoolean("current")).isFalse();
  }

  @Test
  void aSessionThatIsEndedFromAnotherIsOverOnEveryHub() throws Exception {
    TestClient lost = signIn(a);
    TestClient here = signIn(b);
    List<TestClient.Socket> sockets = sockets(lost, Map.of());
    String id = here
      .get("/api/sessions")
      .getJsonArray("items")
      .stream()
      .map(JsonObject.class::cast)
      .filter(s -> !s.getBoolean("current"))
      .findFirst()
      .orElseThrow()
      .getString("id");
    // Freshly believed on both hubs: the worst case.
    lost.get("/api/models");
    lost.at(b.port()).get("/api/models");
    long since = System.nanoTime();
    assertThat(
      here.call(HttpMethod.DELETE, "/api/sessions/" + id, new JsonObject()).statusCode()
    ).isEqualTo(200);
    expectClosed("a session ended from another", sockets, since);
    assertThat(lost.call(HttpMethod.GET, "/api/models", null).statusCode()).isEqualTo(401);
    assertThat(
      here.call(HttpMethod.DELETE, "/api/sessions/" + id, new JsonObject()).statusCode()
    ).isEqualTo(404);
    assertThat(here.call(HttpMethod.GET, "/api/models", null).statusCode()).isEqualTo(200);
  }

  @Test
  void allOtherSessionsCanBeEndedAtOnce() throws Exception {
    TestClient one = signIn(a);
    TestClient two = signIn(b);
    TestClient here = signIn(b);
    assertThat(
      here
        .call(HttpMethod.DELETE, "/api/sessions", new JsonObject())
        .bodyAsJsonObject()
        .getInteger("ended")
    ).isEqualTo(2);
    for (TestClient other : List.of(one, two)) {
      Waits.until("it is over", () -> {
        try {
          return other.call(HttpMethod.GET, "/api/models", null).statusCode() == 401;
        } catch (Exception e) {
          throw new AssertionError(e);
        }
      });
    }
    assertThat(here.call(HttpMethod.GET, "/api/models", null).statusCode()).isEqualTo(200);
  }

  @Test
  void aSignOutEndsTheSocketsOfTheSessionOnEveryHub() throws Exception {
    TestClient client = signIn(a);
    List<TestClient.Socket> sockets = sockets(client, Map.of());
    long since = System.nanoTime();
    client.call(HttpMethod.DELETE, "/api/session", new JsonObject());
    expectClosed("an ordinary sign-out", sockets, since);
  }

  @Test
  void anOperatorsSignOutHoldsOnEveryHub() throws Exception {
    TestClient client = signIn(a);
    List<TestClient.Socket> sockets = sockets(client, Map.of());
    long since = System.nanoTime();
    database.execute(
      "UPDATE user_session SET revoked_at = now(), revoked_reason = 'administrator' WHERE user_id = (SELECT id FROM app_user WHERE name = '" +
      name +
      "')"
    );
    expectClosed("a session ended by an operator", sockets, since);
  }

  @Test
  void aProgramChatsAndReadsWithAKey() throws Exception {
    String key = key("chat,conversations.read,conversations.write,models.read");
    TestClient.Socket socket = new TestClient(browser, a.port()).socket(bearer(key));
    HubFrame.Saved saved = socket.ask("From a program");
    socket.await(HubFrame.Finished.class);
    String path = "/api/conversations/" + saved.conversationId();
    assertThat(
      call(b, HttpMethod.GET, "/api/models", null, key).bodyAsJsonObject().getJsonArray("models")
    ).hasSize(1);
    assertThat(
      call(b, HttpMethod.PATCH, path, new JsonObject().put("title", "Renamed"), key).statusCode()
    ).isEqualTo(200);
    assertThat(
      call(a, HttpMethod.GET, path, null, key).bodyAsJsonObject().getString("title")
    ).isEqualTo("Renamed");
    // The owner finds it too, and nobody else.
    assertThat(signIn(a).call(HttpMethod.GET, path, null).statusCode()).isEqualTo(200);
    assertThat(call(a, HttpMethod.DELETE, path, new JsonObject(), key).statusCode()).isEqualTo(200);
  }

  @Test
  void aKeyDoesNothingBeyondItsScopes() throws Exception {
    String key = key("models.read");
    HttpResponse<Buffer> refused = call(a, HttpMethod.GET, "/api/conversations", null, key);
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(code(refused)).isEqualTo("key_scope_missing");
    assertThat(refused.bodyAsString()).contains("conversations.read");
    TestClient.Socket socket = new TestClient(browser, a.port()).socket(bearer(key));
    socket.send(new ClientFrame.Ping(1));
    socket.await(HubFrame.Pong.class);
    socket.send(new ClientFrame.Stop(java.util.UUID.randomUUID()));
    assertThat(socket.await(HubFrame.Error.class).error().code()).isEqualTo("key_scope_missing");
  }

  @Test
  void whoShowsAKeyIsKnownByItAndNotByCookies() throws Exception {
    TestClient client = signIn(a);
    assertThat(
      code(client.call(HttpMethod.GET, "/api/models", null, bearer("atr_nonsense")))
    ).isEqualTo("key_invalid");
    HttpResponse<Buffer> refresh = client.call(
      HttpMethod.POST,
      "/api/session/refresh",
      new JsonObject(),
      bearer(key("chat"))
    );
    assertThat(refresh.statusCode()).isEqualTo(403);
    assertThat(code(refresh)).isEqualTo("key_not_accepted");
    assertThat(
      code(client.call(HttpMethod.GET, "/api/models", null, Map.of("Authorization", "Basic eDp5")))
    ).isEqualTo("key_invalid");
    // Without an Origin only a key may write.
    assertThat(
      code(
        client.call(
          HttpMethod.PATCH,
          "/api/session",
          new JsonObject().put("locale", "zh"),
          Map.of()
        )
      )
    ).isEqualTo("forbidden_origin");
  }

  @Test
  void aRevokedKeyIsOverOnEveryHub() throws Exception {
    String key = key("chat,models.read");
    List<TestClient.Socket> sockets = sockets(new TestClient(browser, a.port()), bearer(key));
    long since = System.nanoTime();
    database.execute(
      "UPDATE api_key SET revoked_at = now() WHERE prefix = '" + key.substring(0, 12) + "'"
    );
    for (TestHub.Hub hub : List.of(a, b)) {
      assertThat(code(call(hub, HttpMethod.GET, "/api/models", null, key))).isEqualTo(
        "key_invalid"
      );
    }
    expectClosed("a revoked key", sockets, since);
  }

  @Test
  void aKeyEndsWithItsTimeAndWithItsOwner() throws Exception {
    String brief = key("chat,models.read");
    database.execute(
      "UPDATE api_key SET expires_at = clock_timestamp() + interval '1 s' WHERE prefix = '" +
      brief.substring(0, 12) +
      "'"
    );
    List<TestClient.Socket> sockets = sockets(new TestClient(browser, a.port()), bearer(brief));
    expectClosed("an expired key", sockets, System.nanoTime());
    String key = key("chat,models.read");
    sockets = sockets(new TestClient(browser, a.port()), bearer(key));
    long since = System.nanoTime();
    database.execute("UPDATE app_user SET status = 'disabled' WHERE name = '" + name + "'");
    expectClosed("the owner of a key disabled", sockets, since);
    for (TestHub.Hub hub : List.of(a, b)) {
      assertThat(code(call(hub, HttpMethod.GET, "/api/models", null, key))).isEqualTo(
        "key_invalid"
      );
    }
  }
}
