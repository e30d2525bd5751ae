package dev.atrium.hub.auth;

import static dev.atrium.hub.testing.HubData.await;
import static dev.atrium.hub.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ErrorCode;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.testing.HubData;
import dev.atrium.hub.testing.Waits;
import dev.atrium.policy.ApiKey;
import dev.atrium.policy.Scope;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ApiKeysTest {

  private static final String HERE = "192.0.2.7";
  private static final MasterKey master = MasterKey.random();
  private static HubData data;
  private static ApiKeys keys;
  private static int people;
  private String owner;
  private ApiKey key;

  @BeforeAll
  static void start() {
    data = new HubData();
    keys = hub();
  }

  @AfterAll
  static void stop() {
    data.close();
  }

  private static ApiKeys hub() {
    return await(ApiKeys.load(data.db, master, AuditTrail.create(data.vertx, data.db)));
  }

  @BeforeEach
  void make() {
    owner = "robot" + ++people;
    data.user(owner);
    key = ApiKey.create();
    add(key, "{chat,models.read}", "1 day");
  }

  private void add(ApiKey made, String scopes, String life) {
    data.database.execute(
      """
      INSERT INTO api_key (owner_id, name, prefix, secret_hash, scopes, created_at, expires_at)
      SELECT id, 'test', '%s', '\\x%s', '%s', now() - interval '2 days', now() + interval '%s'
      FROM app_user WHERE name = '%s'""".formatted(
          made.prefix(),
          HexFormat.of().formatHex(made.hash()),
          scopes,
          life,
          owner
        )
    );
  }

  private String column(String column) {
    return data.database.value(
      "SELECT " + column + " FROM api_key WHERE prefix = '" + key.prefix() + "'"
    );
  }

  private void set(String assignment) {
    data.database.execute(
      "UPDATE api_key SET " + assignment + " WHERE prefix = '" + key.prefix() + "'"
    );
  }

  private Caller use() {
    return await(keys.authenticate(key.reveal(), HERE));
  }

  @Test
  void actsAsItsOwnerWithinItsScopes() {
    Caller caller = use();
    assertThat(caller.name()).isEqualTo(owner);
    assertThat(caller.byKey()).isTrue();
    assertThat(caller.scopes()).hasValue(java.util.Set.of(Scope.CHAT, Scope.MODELS_READ));
    assertThat(caller.sessionId()).hasToString(column("id"));
  }

  @Test
  void theFirstUseLeavesAnHmacInThePlaceOfTheHash() {
    use();
    assertThat(column("secret_hash")).isNull();
    assertThat(column("encode(secret_mac, 'hex')")).isNotEqualTo(
      HexFormat.of().formatHex(key.hash())
    );
    assertThat(use().name()).isEqualTo(owner);
    assertThat(await(hub().authenticate(key.reveal(), HERE)).name()).isEqualTo(owner);
  }

  @Test
  void aHubSealsWhatOthersHaveMade() {
    await(keys.sealNew());
    assertThat(
      data.database.value("SELECT count(*) FROM api_key WHERE secret_hash IS NOT NULL")
    ).isEqualTo("0");
    use();
  }

  @Test
  void whoCanWriteTheTableButHasNoSecretCantPutAKeyIn() {
    use();
    ApiKey forged = ApiKey.create();
    set("prefix = '" + forged.prefix() + "'");
    assertRefused(keys.authenticate(forged.reveal(), HERE), ErrorCode.KEY_INVALID);
    set(
      "secret_mac = '\\x" +
      HexFormat.of().formatHex(ApiKey.mac(new byte[32], forged.hash())) +
      "' WHERE prefix = '" +
      forged.prefix() +
      "' --"
    );
    assertRefused(keys.authenticate(forged.reveal(), HERE), ErrorCode.KEY_INVALID);
  }

  @Test
  void oneSecretServesHubsThatStartTogether() {
    data.database.execute("DELETE FROM api_key");
    data.database.execute("DELETE FROM signing_key");
    var hubs = new ArrayList<Future<ApiKeys>>();
    for (int i = 0; i < 4; i++) {
      hubs.add(ApiKeys.load(data.db, master, AuditTrail.create(data.vertx, data.db)));
    }
    await(Future.all(hubs));
    assertThat(
      data.database.value("SELECT count(*) FROM signing_key WHERE purpose = 'api_key'")
    ).isEqualTo("1");
    add(key, "{chat}", "1 day");
    await(hubs.getFirst().result().authenticate(key.reveal(), HERE));
    await(hubs.getLast().result().authenticate(key.reveal(), HERE));
    keys = hub();
  }

  @Test
  void aRevokedOrExpiredKeyOrADisabledOwnerOpensNothingFromThatMomentOn() throws Exception {
    Caller caller = use();
    set("revoked_at = now()");
    assertRefused(keys.authenticate(key.reveal(), HERE), ErrorCode.KEY_INVALID);
    assertRefused(keys.recheck(caller), ErrorCode.KEY_INVALID);
    set("revoked_at = NULL, expires_at = now() - interval '1 s'");
    assertRefused(keys.authenticate(key.reveal(), HERE), ErrorCode.KEY_INVALID);
    set("expires_at = now() + interval '1 hour'");
    assertThat(await(keys.recheck(caller)).name()).isEqualTo(owner);
    data.database.execute("UPDATE app_user SET status = 'disabled' WHERE name = '" + owner + "'");
    assertRefused(keys.authenticate(key.reveal(), HERE), ErrorCode.KEY_INVALID);
    assertRefused(keys.recheck(caller), ErrorCode.KEY_INVALID);
    Waits.until("the first refusal is recorded", () ->
      "revoked".equals(
        data.database.value(
          "SELECT details->>'reason' FROM audit_record WHERE action = 'key.use' AND result = 'refused' AND target_id = '" +
          column("id") +
          "' ORDER BY id LIMIT 1"
        )
      )
    );
  }

  @Test
  void aWrongSecretAndAnUnknownKeyAreOneAnswer() {
    ApiKey other = ApiKey.create();
    assertRefused(keys.authenticate(other.reveal(), HERE), ErrorCode.KEY_INVALID);
    assertRefused(keys.authenticate("", HERE), ErrorCode.KEY_INVALID);
    assertRefused(keys.authenticate(key.reveal() + "x", HERE), ErrorCode.KEY_INVALID);
    set("secret_hash = sha256('other')");
    assertRefused(keys.authenticate(key.reveal(), HERE), ErrorCode.KEY_INVALID);
  }

  @Test
  void notesItsUseAtMostOnceAMinute() throws Exception {
    use();
    Waits.until("noted", () -> column("last_used_at") != null);
    String first = column("last_used_at");
    for (int i = 0; i < 5; i++) {
      use();
    }
    await(data.db.ping());
    assertThat(column("last_used_at")).isEqualTo(first);
    set("last_used_at = now() - interval '61 s'");
    use();
    Waits.until("noted again", () -> column("last_used_at > now() - interval '30 s'").equals("t"));
  }

  @Test
  void itsUseIsRecordedOnceInEachHour() throws Exception {
    String records =
      "SELECT count(*) FROM audit_record WHERE action = 'key.use' AND result = 'ok' AND target_id = '" +
      column("id") +
      "'";
    use();
    Waits.until("recorded", () -> data.database.value(records).equals("1"));
    // Noted again, a minute later in the same hour.
    set("last_used_at = greatest(date_trunc('hour', now()), now() - interval '61 s')");
    use();
    set("last_used_at = now() - interval '1 hour'");
    use();
    Waits.until("recorded again", () -> data.database.value(records).equals("2"));
  }

  @Test
  void aScopeThatOnlyANewerVersionKnowsGivesNothing() {
    set("scopes = '{chat,teleport}'");
    assertThat(use().scopes()).hasValue(java.util.Set.of(Scope.CHAT));
  }
}
