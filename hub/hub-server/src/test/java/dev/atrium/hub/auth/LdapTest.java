package dev.atrium.hub.auth;

import static dev.atrium.hub.testing.HubData.await;
import static dev.atrium.hub.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.config.DirectoryMap;
import dev.atrium.hub.config.DirectoryMap.Gives;
import dev.atrium.hub.config.DirectoryMap.Line;
import dev.atrium.hub.config.IdentityConfig;
import dev.atrium.hub.config.LdapConfig;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.testing.ApacheDs;
import dev.atrium.hub.testing.HubData;
import dev.atrium.hub.testing.Ports;
import dev.atrium.hub.testing.TestCertificate;
import dev.atrium.policy.PasswordHasher;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signing in with a real LDAP server. */
class LdapTest {

  private static final PasswordHasher.Cost CHEAP = new PasswordHasher.Cost(256, 1);
  private static final String PEOPLE = "ou=people," + ApacheDs.BASE;
  private static final String GROUPS = "ou=groups," + ApacheDs.BASE;
  private static final MasterKey master = MasterKey.random();

  @TempDir
  static Path folder;

  private static ApacheDs server;
  private static HubData data;
  private static Path password;
  private static int callers;

  @BeforeAll
  static void start() throws Exception {
    server = ApacheDs.start();
    data = new HubData();
    password = Files.writeString(folder.resolve("password"), ApacheDs.ADMIN_PASSWORD + "\n");
    server.add("dn: " + PEOPLE, "objectClass: organizationalUnit", "ou: people");
    server.add("dn: " + GROUPS, "objectClass: organizationalUnit", "ou: groups");
    person("eve", "Eve Example");
    person("frank", "Frank Example");
    person("local", "Somebody else");
    person("o(bri)en*", "Strange Name");
    group("legal", "uid=eve," + PEOPLE);
    group("staff", "cn=legal," + GROUPS);
    group("company", "cn=staff," + GROUPS, "cn=circle," + GROUPS);
    group("circle", "cn=company," + GROUPS);
    data.database.execute(
      """
      INSERT INTO user_group (name) VALUES ('Everybody of the company'), ('Legal');
      INSERT INTO department (name, parent_id) SELECT 'Law', id FROM department WHERE parent_id IS NULL"""
    );
    data.database.execute(
      "INSERT INTO credential (user_id, kind, password_hash) VALUES ('" +
      data.user("local") +
      "', 'password', '" +
      new PasswordHasher(CHEAP).hash("the local password") +
      "')"
    );
  }

  @AfterAll
  static void stop() throws Exception {
    data.close();
    server.close();
  }

  private static void person(String uid, String name) throws Exception {
    server.add(
      "dn: uid=" + uid.replace("*", "\\2a") + "," + PEOPLE,
      "objectClass: inetOrgPerson",
      "uid: " + uid,
      "cn: " + name,
      "sn: Example",
      "mail: " + uid.replaceAll("\\W", "") + "@example.org",
      "userPassword: password of " + uid
    );
  }

  private static void group(String cn, String... members) throws Exception {
    List<String> lines = new ArrayList<>(
      List.of("dn: cn=" + cn + "," + GROUPS, "objectClass: groupOfNames", "cn: " + cn)
    );
    for (String member : members) {
      lines.add("member: " + member);
    }
    server.add(lines.toArray(String[]::new));
  }

  private static LdapConfig config(LdapConfig.Tls tls, int port, Path ca, boolean create) {
    return new LdapConfig(
      "127.0.0.1",
      port,
      tls,
      Optional.of(new LdapConfig.Bind(ApacheDs.ADMIN, password)),
      PEOPLE,
      "(uid={name})",
      Optional.of(new LdapConfig.Groups(GROUPS, "(|(member={dn})(uniqueMember={dn}))")),
      "uid",
      create,
      Optional.of(ca)
    );
  }

  private static LdapConfig startTls(boolean create) {
    return config(LdapConfig.Tls.START_TLS, server.port(), server.ca(), create);
  }

  private static AuthService hub(LdapConfig ldap) {
    var map = new DirectoryMap(
      List.of(
        new Line("COMPANY", Gives.GROUP, "Everybody of the company", ""),
        new Line("cn=legal," + GROUPS, Gives.DEPARTMENT, "Law", ""),
        new Line("cn=legal," + GROUPS, Gives.ROLE, "auditor", "")
      )
    );
    var allowance = new AuthConfig.Allowance(1_000, Duration.ofHours(1));
    var usual = AuthConfig.defaults();
    var config = new AuthConfig(
      usual.accessTtl(),
      usual.refreshTtl(),
      usual.refreshGrace(),
      usual.callerCache(),
      allowance,
      allowance,
      64,
      CHEAP
    );
    return await(
      LocalAuthService.start(
        data.vertx,
        data.db,
        master,
        AuditTrail.create(data.vertx, data.db),
        config,
        new IdentityConfig(Optional.empty(), Optional.of(ldap), map),
        InstantSource.system()
      )
    );
  }

  private static Peer peer() {
    return Peer.at("192.0.2." + (++callers % 250));
  }

  private static String standing(String name) {
    return data.database.value(
      """
      SELECT concat_ws(' | ', u.display_name, d.name,
        (SELECT string_agg(g.name, ',') FROM group_member m JOIN user_group g ON g.id = m.group_id WHERE m.user_id = u.id),
        (SELECT string_agg(r.role, ',') FROM user_role r WHERE r.user_id = u.id))
      FROM app_user u JOIN department d ON d.id = u.department_id WHERE u.name = '%s'""".formatted(
          name
        )
    );
  }

  @Test
  void somebodyOfTheDirectoryComesInWithWhatTheirGroupsGiveAlsoByWayOfOtherGroups() {
    var signedIn = await(hub(startTls(true)).signIn("eve", "password of eve", peer()));
    assertThat(signedIn.caller().name()).isEqualTo("eve");
    assertThat(standing("eve")).isEqualTo("Eve Example | Law | Everybody of the company | auditor");
    assertThat(
      data.database.value(
        "SELECT provider FROM user_session WHERE id = '" + signedIn.caller().sessionId() + "'"
      )
    ).isEqualTo("ldap");
    var again = await(hub(startTls(false)).signIn("EVE", "password of eve", peer()));
    assertThat(again.caller().userId()).isEqualTo(signedIn.caller().userId());
  }

  @Test
  void ldapsIsSpokenAsWell() {
    var ldaps = config(LdapConfig.Tls.FROM_THE_BEGINNING, server.tlsPort(), server.ca(), true);
    await(hub(ldaps).signIn("eve", "password of eve", peer()));
  }

  @Test
  void aServerWithACertificateOfSomebodyElseGetsNoPassword() throws Exception {
    var stranger = TestCertificate.in(folder).certificate();
    for (var tls : List.of(LdapConfig.Tls.START_TLS, LdapConfig.Tls.FROM_THE_BEGINNING)) {
      var port = tls == LdapConfig.Tls.START_TLS ? server.port() : server.tlsPort();
      assertRefused(
        hub(config(tls, port, stranger, true)).signIn("eve", "password of eve", peer()),
        ErrorCode.IDENTITY_UNAVAILABLE
      );
    }
  }

  @Test
  void whatIsTypedIsNeverPartOfTheFilter() {
    var auth = hub(startTls(true));
    for (var name : new String[] {
      "*",
      "e*",
      "eve)(uid=*",
      "*)(objectClass=*",
      "eve)(|(uid=*",
      "\\2a",
      "eve\\00",
    }) {
      assertRefused(auth.signIn(name, "password of eve", peer()), ErrorCode.WRONG_CREDENTIALS);
    }
    assertThat(
      await(auth.signIn("o(bri)en*", "password of o(bri)en*", peer())).caller().name()
    ).isEqualTo("o(bri)en*");
  }

  @Test
  void anEmptyPasswordIsNobodys() {
    assertRefused(hub(startTls(true)).signIn("eve", "", peer()), ErrorCode.WRONG_CREDENTIALS);
  }

  @Test
  void aStrangerIsNotMadeAUserWhereThatIsOff() {
    assertRefused(
      hub(startTls(false)).signIn("frank", "password of frank", peer()),
      ErrorCode.WRONG_CREDENTIALS
    );
    assertThat(standing("frank")).isNull();
  }

  @Test
  void aLocalNameIsOpenedByItsLocalPasswordOnly() {
    var auth = hub(startTls(true));
    assertRefused(auth.signIn("local", "password of local", peer()), ErrorCode.WRONG_CREDENTIALS);
    await(auth.signIn("local", "the local password", peer()));
  }

  @Test
  void nobodyTellsFromAnswerOrTimeWhoseNameThatIs() {
    var auth = hub(startTls(true));
    await(auth.signIn("eve", "password of eve", peer()));
    for (var name : new String[] { "eve", "local", "nobody at all".replace(' ', '.') }) {
      var since = System.nanoTime();
      try {
        await(auth.signIn(name, "wrong", peer()));
        throw new AssertionError("let in");
      } catch (AtriumException e) {
        assertThat(e.code() + " " + e.args()).isEqualTo("WRONG_CREDENTIALS {}");
      }
      // Only that it is held back: how long all of it takes depends on who else uses this machine.
      assertThat(Duration.ofNanos(System.nanoTime() - since)).isGreaterThanOrEqualTo(
        Duration.ofMillis(495)
      );
    }
  }

  @Test
  void withoutTheServerNobodyTellsEitherAndLocalPeopleComeIn() throws Exception {
    var auth = hub(config(LdapConfig.Tls.START_TLS, Ports.free(), server.ca(), true));
    try (var log = new LogLines(Ldap.class)) {
      for (var name : new String[] { "eve", "local", "nobody" }) {
        assertRefused(auth.signIn(name, "wrong", peer()), ErrorCode.IDENTITY_UNAVAILABLE);
      }
      assertThat(log.all()).singleElement().asString().contains("WARN", "can't be asked");
    }
    await(auth.signIn("local", "the local password", peer()));
  }

  @Test
  void aCrowdIsServedByFewConnectionsAndAQueueWithAnEnd() {
    var ldap = new Ldap(data.vertx, startTls(true));
    var asked = new ArrayList<Future<Optional<ExternalIdentity>>>();
    for (var i = 0; i < 100; i++) {
      // Not with the same name: the server would lock it after a few.
      asked.add(ldap.check(i % 2 == 0 ? "eve" : "frank", "password of eve"));
    }
    await(Future.join(asked).otherwiseEmpty());
    assertThat(asked.stream().filter(Future::succeeded).count()).isBetween(32L, 60L);
    for (var i = 0; i < 100; i++) {
      if (asked.get(i).succeeded()) {
        assertThat(asked.get(i).result().isPresent()).isEqualTo(i % 2 == 0);
      }
    }
    assertThat(asked.stream().filter(Future::failed)).allSatisfy(f ->
      assertThat(((AtriumException) f.cause()).code()).isEqualTo(ErrorCode.OVERLOADED)
    );
    await(ldap.check("eve", "password of eve"));
  }
}
