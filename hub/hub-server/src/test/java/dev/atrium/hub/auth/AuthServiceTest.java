package dev.atrium.hub.auth;

import static dev.atrium.hub.testing.HubData.await;
import static dev.atrium.hub.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.config.IdentityConfig;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.testing.HubData;
import dev.atrium.hub.testing.Waits;
import dev.atrium.policy.PasswordHasher;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AuthServiceTest {

  private static final PasswordHasher.Cost CHEAP = new PasswordHasher.Cost(256, 1);
  private static final String HASH = new PasswordHasher(CHEAP).hash("right horse battery");
  private static final String HERE = "192.0.2.1";
  private static final Peer PEER = Peer.at(HERE);
  private static final AuthConfig CONFIG = config(10, 10, 64);

  private static HubData data;
  private static final MasterKey master = MasterKey.random();
  private static final AtomicReference<Instant> now = new AtomicReference<>(
    Instant.parse("2026-11-23T12:00:00Z")
  );
  private static int users;
  private String name;
  private AuthService auth;

  private static AuthConfig config(int perAccount, int perAddress, int waitingHashes) {
    return new AuthConfig(
      Duration.ofMinutes(10),
      Duration.ofDays(30),
      Duration.ofSeconds(30),
      Duration.ZERO,
      new AuthConfig.Allowance(perAccount, Duration.ofHours(1)),
      new AuthConfig.Allowance(perAddress, Duration.ofHours(1)),
      waitingHashes,
      CHEAP
    );
  }

  @BeforeAll
  static void start() {
    data = new HubData();
  }

  @AfterAll
  static void stop() {
    data.close();
  }

  @BeforeEach
  void addUser() {
    name = "user" + ++users;
    var id = data.user(name);
    data.database.execute(
      "INSERT INTO credential (user_id, kind, password_hash) VALUES ('" +
      id +
      "', 'password', '" +
      HASH +
      "')"
    );
    auth = hub(CONFIG);
  }

  private static AuthService hub(AuthConfig config) {
    var audit = AuditTrail.create(data.vertx, data.db);
    InstantSource clock = now::get;
    var identity = IdentityConfig.none();
    return await(
      LocalAuthService.start(data.vertx, data.db, master, audit, config, identity, clock)
    );
  }

  private SignedIn signIn() {
    return await(auth.signIn(name, "right horse battery", PEER));
  }

  private static String audited(String action, String result) {
    return data.database.value(
      "SELECT count(*) FROM audit_record WHERE action = '" +
      action +
      "' AND result = '" +
      result +
      "'"
    );
  }

  @Test
  void signsInAndKnowsTheCallerOnEveryHub() {
    var before = Integer.parseInt(audited("session.sign_in", "ok"));
    var signedIn = await(
      auth.signIn(" " + name.toUpperCase(java.util.Locale.ROOT), "right horse battery", PEER)
    );
    var caller = await(hub(CONFIG).authenticate(signedIn.accessToken()));
    assertThat(caller).isEqualTo(signedIn.caller());
    assertThat(caller.name()).isEqualTo(name);
    assertThat(caller.roles()).isEmpty();
    assertThat(caller.departmentId()).isEqualTo(data.department());
    assertThat(audited("session.sign_in", "ok")).isEqualTo(Integer.toString(before + 1));
  }

  @Test
  void answersAWrongPasswordAnUnknownNameAndADisabledUserAlike() throws Exception {
    var disabled = name;
    data.database.execute("UPDATE app_user SET status = 'disabled' WHERE name = '" + name + "'");
    addUser();
    var before = Integer.parseInt(audited("session.sign_in", "refused"));
    var answers = new ArrayList<String>();
    for (var attempt : new String[][] {
      { name, "wrong horse battery" },
      { "nobody", "right horse battery" },
      { disabled, "right horse battery" },
      { "", "right horse battery" },
      { name, "x".repeat(5_000) },
    }) {
      try {
        await(auth.signIn(attempt[0], attempt[1], PEER));
        answers.add("signed in");
      } catch (AtriumException e) {
        answers.add(e.code() + " " + e.args());
      }
    }
    assertThat(answers).containsOnly("WRONG_CREDENTIALS {}");
    Waits.until("all three are recorded", () ->
      audited("session.sign_in", "refused").equals(Integer.toString(before + 3))
    );
  }

  @Test
  void doesNotRecordANameThatIsNobodys() {
    assertRefused(auth.signIn("my-secret-password", "x", PEER), ErrorCode.WRONG_CREDENTIALS);
    assertThat(
      data.database.value(
        "SELECT count(*) FROM audit_entry WHERE to_json(audit_entry)::text LIKE '%my-secret%'"
      )
    ).isEqualTo("0");
  }

  @Test
  void limitsWrongPasswordsPerAccountWhateverTheAddress() {
    auth = hub(config(3, 100, 64));
    for (var i = 0; i < 3; i++) {
      assertRefused(
        auth.signIn(name, "wrong", Peer.at("192.0.2." + i)),
        ErrorCode.WRONG_CREDENTIALS
      );
    }
    assertRefused(
      auth.signIn(name, "right horse battery", Peer.at("192.0.2.9")),
      ErrorCode.TOO_MANY_ATTEMPTS
    );
    addUser();
    auth = hub(config(3, 100, 64));
    signIn();
  }

  @Test
  void limitsWrongPasswordsPerAddressWhateverTheAccount() {
    auth = hub(config(100, 3, 64));
    for (var i = 0; i < 3; i++) {
      assertRefused(auth.signIn("nobody" + i, "wrong", PEER), ErrorCode.WRONG_CREDENTIALS);
    }
    assertRefused(auth.signIn(name, "right horse battery", PEER), ErrorCode.TOO_MANY_ATTEMPTS);
    await(auth.signIn(name, "right horse battery", Peer.at("192.0.2.2")));
  }

  @Test
  void doesNotCountRightPasswords() {
    auth = hub(config(2, 2, 64));
    for (var i = 0; i < 6; i++) {
      signIn();
    }
  }

  @Test
  void refusesAFloodBeforeHashingIt() {
    auth = hub(
      new AuthConfig(
        CONFIG.accessTtl(),
        CONFIG.refreshTtl(),
        CONFIG.refreshGrace(),
        CONFIG.callerCache(),
        new AuthConfig.Allowance(1_000, Duration.ofHours(1)),
        new AuthConfig.Allowance(1_000, Duration.ofHours(1)),
        2,
        new PasswordHasher.Cost(16 * 1024, 3)
      )
    );
    var attempts = new ArrayList<Future<SignedIn>>();
    for (var i = 0; i < 30; i++) {
      attempts.add(auth.signIn("nobody" + i, "wrong", PEER));
    }
    await(Future.join(attempts).otherwiseEmpty());
    var codes = attempts
      .stream()
      .map(f -> ((AtriumException) f.cause()).code())
      .toList();
    assertThat(codes).contains(ErrorCode.OVERLOADED, ErrorCode.WRONG_CREDENTIALS);
    assertThat(codes).containsOnly(ErrorCode.OVERLOADED, ErrorCode.WRONG_CREDENTIALS);
  }

  @Test
  void rotatesTheRefreshToken() {
    var first = signIn();
    var second = await(auth.refresh(first.refreshToken(), HERE));
    assertThat(second.refreshToken()).isNotEqualTo(first.refreshToken());
    assertThat(second.caller().sessionId()).isEqualTo(first.caller().sessionId());
    await(auth.refresh(second.refreshToken(), HERE));
  }

  @Test
  void servesTwoTabsThatRefreshAtOnce() {
    var token = signIn().refreshToken();
    var tabs = new ArrayList<Future<SignedIn>>();
    for (var i = 0; i < 5; i++) {
      tabs.add(auth.refresh(token, HERE));
    }
    await(Future.all(tabs));
    // Whichever answer the browser keeps, it must be able to go on from it.
    age("29 seconds");
    for (var tab : tabs) {
      await(auth.refresh(tab.result().refreshToken(), HERE));
    }
  }

  @Test
  void endsTheSessionWhenAReplacedTokenComesBackLate() {
    var first = signIn();
    var second = await(auth.refresh(first.refreshToken(), HERE));
    age("31 seconds");
    assertRefused(auth.refresh(first.refreshToken(), HERE), ErrorCode.SESSION_EXPIRED);
    assertRefused(auth.refresh(second.refreshToken(), HERE), ErrorCode.SESSION_EXPIRED);
    assertRefused(auth.authenticate(second.accessToken()), ErrorCode.SESSION_EXPIRED);
    assertThat(Integer.parseInt(audited("session.token_reused", "refused"))).isPositive();
  }

  /** Makes every token of the test look older. */
  private static void age(String time) {
    data.database.execute(
      "UPDATE refresh_token SET replaced_at = replaced_at - interval '" + time + "'"
    );
  }

  @Test
  void knowsNoTokenThatItDidNotIssue() {
    assertRefused(auth.refresh("made up", HERE), ErrorCode.SESSION_EXPIRED);
    await(auth.signOut("made up"));
  }

  @Test
  void endsASessionBySigningOut() {
    var signedIn = signIn();
    await(auth.signOut(signedIn.refreshToken()));
    assertRefused(auth.authenticate(signedIn.accessToken()), ErrorCode.SESSION_EXPIRED);
    assertRefused(auth.refresh(signedIn.refreshToken(), HERE), ErrorCode.SESSION_EXPIRED);
  }

  @Test
  void endsASessionWhoseUserIsDisabled() {
    var signedIn = signIn();
    data.database.execute("UPDATE app_user SET status = 'disabled' WHERE name = '" + name + "'");
    assertRefused(auth.authenticate(signedIn.accessToken()), ErrorCode.SESSION_EXPIRED);
    assertRefused(auth.refresh(signedIn.refreshToken(), HERE), ErrorCode.SESSION_EXPIRED);
  }

  @Test
  void refusesATokenThatHasRunOut() {
    var signedIn = signIn();
    var later = now.get();
    try {
      now.set(later.plus(Duration.ofMinutes(10)));
      assertRefused(auth.authenticate(signedIn.accessToken()), ErrorCode.SESSION_EXPIRED);
    } finally {
      now.set(later);
    }
    await(auth.authenticate(signedIn.accessToken()));
  }

  @Test
  void changesThePasswordAndEndsEveryOtherSession() {
    var other = signIn();
    var mine = signIn();
    var renewed = await(
      auth.changePassword(mine.caller(), "right horse battery", "an even better one", HERE)
    );
    assertRefused(auth.authenticate(other.accessToken()), ErrorCode.SESSION_EXPIRED);
    assertThat(await(auth.authenticate(renewed.accessToken())).name()).isEqualTo(name);
    assertRefused(auth.signIn(name, "right horse battery", PEER), ErrorCode.WRONG_CREDENTIALS);
    await(auth.signIn(name, "an even better one", PEER));
  }

  @Test
  void keepsThePasswordWhenTheCurrentOneIsWrongOrTheNextOneWeak() {
    var caller = signIn().caller();
    assertRefused(
      auth.changePassword(caller, "wrong horse battery", "an even better one", HERE),
      ErrorCode.WRONG_CREDENTIALS
    );
    assertRefused(
      auth.changePassword(caller, "right horse battery", "short", HERE),
      ErrorCode.PASSWORD_TOO_WEAK
    );
    signIn();
  }

  @Test
  void remembersTheLanguage() {
    var signedIn = signIn();
    await(auth.setLocale(signedIn.caller(), "zh"));
    assertThat(await(auth.authenticate(signedIn.accessToken())).locale()).isEqualTo("zh");
    assertRefused(auth.setLocale(signedIn.caller(), "xx"), ErrorCode.BAD_FIELD);
  }

  @Test
  void believesACallerForAMomentOnly() throws Exception {
    auth = hub(
      new AuthConfig(
        CONFIG.accessTtl(),
        CONFIG.refreshTtl(),
        CONFIG.refreshGrace(),
        Duration.ofMillis(300),
        CONFIG.perAccount(),
        CONFIG.perAddress(),
        64,
        CHEAP
      )
    );
    var signedIn = signIn();
    await(auth.authenticate(signedIn.accessToken()));
    await(hub(CONFIG).signOut(signedIn.refreshToken()));
    Thread.sleep(350);
    assertRefused(auth.authenticate(signedIn.accessToken()), ErrorCode.SESSION_EXPIRED);
  }

  @Test
  void givesTheFirstAdministratorAOneTimePasswordUntilTheyChoseTheirOwn() {
    try (var fresh = new HubData()) {
      var service = await(
        AuthService.start(
          fresh.vertx,
          fresh.db,
          MasterKey.random(),
          AuditTrail.create(fresh.vertx, fresh.db),
          CONFIG,
          IdentityConfig.none()
        )
      );
      assertThat(await(service.ensureFirstAdministrator(Optional.empty()))).isFalse();
      assertThat(await(service.ensureFirstAdministrator(Optional.of("one-time-1")))).isTrue();
      assertThat(await(service.ensureFirstAdministrator(Optional.of("one-time-2")))).isTrue();
      assertRefused(service.signIn("admin", "one-time-1", PEER), ErrorCode.WRONG_CREDENTIALS);
      var admin = await(service.signIn("admin", "one-time-2", PEER)).caller();
      assertThat(admin.mustChangePassword()).isTrue();
      assertThat(admin.hasRole("administrator")).isTrue();
      var changed = await(service.changePassword(admin, "one-time-2", "chosen by myself", HERE));
      assertThat(changed.caller().mustChangePassword()).isFalse();
      assertThat(await(service.ensureFirstAdministrator(Optional.of("one-time-3")))).isFalse();
      await(service.signIn("admin", "chosen by myself", PEER));
    }
  }

  @Test
  void printsNoToken() {
    var signedIn = signIn();
    assertThat(signedIn.toString())
      .doesNotContain(signedIn.accessToken())
      .doesNotContain(signedIn.refreshToken());
  }

  @Test
  void keepsNoTokenInTheDatabase() {
    var signedIn = signIn();
    assertThat(
      data.database.value(
        "SELECT count(*) FROM refresh_token WHERE encode(token_hash, 'escape') LIKE '%" +
        signedIn.refreshToken() +
        "%'"
      )
    ).isEqualTo("0");
  }
}
