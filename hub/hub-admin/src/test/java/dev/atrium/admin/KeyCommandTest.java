package dev.atrium.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.policy.ApiKey;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code key …}, {@code user sessions} and {@code user sign-out} as an operator types them. */
class KeyCommandTest extends CommandTest {

  @BeforeAll
  void aServiceAccount() {
    ok("user", "add", "robot", "--service");
  }

  @Test
  void showsAKeyOnceAndKeepsNoMoreThanItsHash() {
    ok("key", "create", "robot", "--name", "nightly", "--scope", "chat,models.read", "--json");
    String text = json().get("key").asText();
    ApiKey key = ApiKey.read(text).orElseThrow();
    assertThat(
      sql(
        "SELECT encode(secret_hash, 'hex') || array_to_string(scopes, ' ') FROM api_key WHERE prefix = '" +
        key.prefix() +
        "' AND secret_mac IS NULL AND expires_at = created_at + interval '90 days'"
      )
    ).isEqualTo(java.util.HexFormat.of().formatHex(key.hash()) + "chat models.read");
    assertThat(lastAudit("key.create").at("/details/after/prefix").asText()).isEqualTo(
      key.prefix()
    );
    ok("key", "list", "--owner", "ROBOT");
    assertThat(out).contains(key.prefix()).contains("active").doesNotContain(text);
    for (String table : new String[] { "api_key", "audit_entry" }) {
      assertThat(
        sql("SELECT count(*) FROM " + table + " t WHERE t::text LIKE '%" + text + "%'")
      ).isEqualTo("0");
    }
  }

  @Test
  void revokesByTheBeginningOrByAllOfIt() {
    ok("key", "create", "robot", "--name", "a", "--scope", "chat", "--days", "1", "--json");
    String first = json().get("prefix").asText();
    ok("key", "create", "robot", "--name", "b", "--scope", "chat", "--json");
    String second = json().get("key").asText();
    ok("key", "revoke", first);
    ok("key", "revoke", second);
    assertThat(out).doesNotContain(second);
    assertThat(lastAudit("key.revoke").at("/details/before/prefix").asText()).isEqualTo(
      second.substring(0, 12)
    );
    assertThat(
      sql(
        "SELECT count(*) FROM api_key WHERE revoked_at IS NULL AND prefix IN ('" +
        first +
        "', '" +
        second.substring(0, 12) +
        "')"
      )
    ).isEqualTo("0");
    ok("key", "revoke", first);
    assertThat(out).contains("already");
    assertThat(run("key", "revoke", "atr_nonsense")).isEqualTo(AdminException.NOT_FOUND);
  }

  @Test
  void refusesAKeyThatWouldOpenNothing() {
    assertThat(run("key", "create", "nobody", "--name", "x", "--scope", "chat")).isEqualTo(
      AdminException.NOT_FOUND
    );
    assertThat(run("key", "create", "robot", "--name", "x", "--scope", "fly")).isEqualTo(
      AdminException.USAGE
    );
    assertThat(err).contains("conversations.read");
    assertThat(
      run("key", "create", "robot", "--name", "x", "--scope", "chat", "--days", "0")
    ).isEqualTo(AdminException.USAGE);
    ok("user", "add", "gone", "--service");
    ok("user", "disable", "gone");
    assertThat(run("key", "create", "gone", "--name", "x", "--scope", "chat")).isEqualTo(
      AdminException.CONFLICT
    );
  }

  @Test
  void listsAndEndsSessions() {
    ok("user", "add", "ada");
    for (int i = 0; i < 3; i++) {
      sql(
        "INSERT INTO user_session (user_id, expires_at, address) SELECT id, now() + interval '1 day', '192.0.2.1' FROM app_user WHERE name = 'ada'"
      );
    }
    ok("user", "sessions", "ada", "--json");
    assertThat(json()).hasSize(3);
    assertThat(lastAudit("session.list").get("actor").asText()).startsWith("operator:");
    String one = json().get(0).get("id").asText();
    ok("user", "sign-out", "ada", "--session", one);
    assertThat(lastAudit("session.end").at("/details/after/session").asText()).isEqualTo(one);
    assertThat(run("user", "sign-out", "ada", "--session", one)).isEqualTo(
      AdminException.NOT_FOUND
    );
    assertThat(
      run("user", "sign-out", "robot", "--session", UUID.randomUUID().toString())
    ).isEqualTo(AdminException.NOT_FOUND);
    ok("user", "sign-out", "ada");
    assertThat(out).contains("ended: 2");
    assertThat(sql("SELECT string_agg(DISTINCT revoked_reason, ',') FROM user_session")).isEqualTo(
      "administrator"
    );
  }

  @Test
  void aUserOfADirectoryHasNoPassword() {
    ok("user", "add", "elsewhere", "--external", "--json");
    assertThat(json().has("oneTimePassword")).isFalse();
    ok("user", "add", "moves");
    ok("user", "external", "moves");
    assertThat(
      sql(
        "SELECT count(*) FROM credential c JOIN app_user u ON u.id = c.user_id WHERE u.name IN ('elsewhere', 'moves')"
      )
    ).isEqualTo("0");
    assertThat(lastAudit("user.external").at("/details/before/credentials").asInt()).isEqualTo(1);
    assertThat(run("user", "external", "robot")).isEqualTo(AdminException.CONFLICT);
  }
}
