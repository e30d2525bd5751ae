package dev.atrium.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.admin.testing.Operator;
import dev.atrium.policy.ApiKey;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code key …}, {@code user sessions} and {@code user sign-out} as an operator types them. */
class KeyCommandTest {

  private static Operator operator;

  @BeforeAll
  static void start() {
    operator = new Operator();
    operator.ok("user", "add", "robot", "--service");
  }

  @AfterAll
  static void stop() {
    operator.close();
  }

  @Test
  void showsAKeyOnceAndKeepsNoMoreThanItsHash() {
    operator.ok(
      "key",
      "create",
      "robot",
      "--name",
      "nightly",
      "--scope",
      "chat,models.read",
      "--json"
    );
    String text = operator.json().get("key").asText();
    ApiKey key = ApiKey.read(text).orElseThrow();
    assertThat(
      operator.sql(
        "SELECT encode(secret_hash, 'hex') || array_to_string(scopes, ' ') FROM api_key WHERE prefix = '" +
        key.prefix() +
        "' AND secret_mac IS NULL AND expires_at = created_at + interval '90 days'"
      )
    ).isEqualTo(java.util.HexFormat.of().formatHex(key.hash()) + "chat models.read");
    assertThat(operator.lastAudit("key.create").at("/details/after/prefix").asText()).isEqualTo(
      key.prefix()
    );
    operator.ok("key", "list", "--owner", "ROBOT");
    assertThat(operator.out).contains(key.prefix()).contains("active").doesNotContain(text);
    for (String table : new String[] { "api_key", "audit_entry" }) {
      assertThat(
        operator.sql("SELECT count(*) FROM " + table + " t WHERE t::text LIKE '%" + text + "%'")
      ).isEqualTo("0");
    }
  }

  @Test
  void revokesByTheBeginningOrByAllOfIt() {
    operator.ok(
      "key",
      "create",
      "robot",
      "--name",
      "a",
      "--scope",
      "chat",
      "--days",
      "1",
      "--json"
    );
    String first = operator.json().get("prefix").asText();
    operator.ok("key", "create", "robot", "--name", "b", "--scope", "chat", "--json");
    String second = operator.json().get("key").asText();
    operator.ok("key", "revoke", first);
    operator.ok("key", "revoke", second);
    assertThat(operator.out).doesNotContain(second);
    assertThat(operator.lastAudit("key.revoke").at("/details/before/prefix").asText()).isEqualTo(
      second.substring(0, 12)
    );
    assertThat(
      operator.sql(
        "SELECT count(*) FROM api_key WHERE revoked_at IS NULL AND prefix IN ('" +
        first +
        "', '" +
        second.substring(0, 12) +
        "')"
      )
    ).isEqualTo("0");
    operator.ok("key", "revoke", first);
    assertThat(operator.out).contains("already");
    assertThat(operator.run("key", "revoke", "atr_nonsense")).isEqualTo(AdminException.NOT_FOUND);
  }

  @Test
  void refusesAKeyThatWouldOpenNothing() {
    assertThat(operator.run("key", "create", "nobody", "--name", "x", "--scope", "chat")).isEqualTo(
      AdminException.NOT_FOUND
    );
    assertThat(operator.run("key", "create", "robot", "--name", "x", "--scope", "fly")).isEqualTo(
      AdminException.USAGE
    );
    assertThat(operator.err).contains("conversations.read");
    assertThat(
      operator.run("key", "create", "robot", "--name", "x", "--scope", "chat", "--days", "0")
    ).isEqualTo(AdminException.USAGE);
    operator.ok("user", "add", "gone", "--service");
    operator.ok("user", "disable", "gone");
    assertThat(operator.run("key", "create", "gone", "--name", "x", "--scope", "chat")).isEqualTo(
      AdminException.CONFLICT
    );
  }

  @Test
  void listsAndEndsSessions() {
    operator.ok("user", "add", "ada");
    for (int i = 0; i < 3; i++) {
      operator.sql(
        "INSERT INTO user_session (user_id, expires_at, address) SELECT id, now() + interval '1 day', '192.0.2.1' FROM app_user WHERE name = 'ada'"
      );
    }
    operator.ok("user", "sessions", "ada", "--json");
    assertThat(operator.json()).hasSize(3);
    assertThat(operator.lastAudit("session.list").get("actor").asText()).startsWith("operator:");
    String one = operator.json().get(0).get("id").asText();
    operator.ok("user", "sign-out", "ada", "--session", one);
    assertThat(operator.lastAudit("session.end").at("/details/after/session").asText()).isEqualTo(
      one
    );
    assertThat(operator.run("user", "sign-out", "ada", "--session", one)).isEqualTo(
      AdminException.NOT_FOUND
    );
    assertThat(
      operator.run("user", "sign-out", "robot", "--session", UUID.randomUUID().toString())
    ).isEqualTo(AdminException.NOT_FOUND);
    operator.ok("user", "sign-out", "ada");
    assertThat(operator.out).contains("ended: 2");
    assertThat(
      operator.sql("SELECT string_agg(DISTINCT revoked_reason, ',') FROM user_session")
    ).isEqualTo("administrator");
  }

  @Test
  void aUserOfADirectoryHasNoPassword() {
    operator.ok("user", "add", "elsewhere", "--external", "--json");
    assertThat(operator.json().has("oneTimePassword")).isFalse();
    operator.ok("user", "add", "moves");
    operator.ok("user", "external", "moves");
    assertThat(
      operator.sql(
        "SELECT count(*) FROM credential c JOIN app_user u ON u.id = c.user_id WHERE u.name IN ('elsewhere', 'moves')"
      )
    ).isEqualTo("0");
    assertThat(
      operator.lastAudit("user.external").at("/details/before/credentials").asInt()
    ).isEqualTo(1);
    assertThat(operator.run("user", "external", "robot")).isEqualTo(AdminException.CONFLICT);
  }
}
