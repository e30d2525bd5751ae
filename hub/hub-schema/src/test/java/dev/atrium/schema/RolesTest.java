package dev.atrium.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.schema.testing.TestDatabase;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each database role can do what it must and nothing else, tested by trying. */
class RolesTest {

  private static TestDatabase database;

  @BeforeAll
  static void start() {
    database = TestDatabase.migrated();
  }

  @AfterAll
  static void stop() {
    database.close();
  }

  private static void as(String role, String sql) throws SQLException {
    try (var connection = database.connect(); var statement = connection.createStatement()) {
      statement.execute("SET ROLE " + role);
      statement.execute(sql);
    }
  }

  private static void assertRefused(String role, String sql) {
    assertThatThrownBy(() -> as(role, sql)).isInstanceOfSatisfying(SQLException.class, e ->
      assertThat(e.getSQLState()).isEqualTo("42501")
    );
  }

  @ParameterizedTest
  @ValueSource(
    strings = {
      "SELECT ciphertext FROM message_part",
      "SELECT ciphertext FROM answer_chunk",
      "SELECT name FROM file",
      "SELECT body FROM file",
      "SELECT id, bytes FROM file",
      "DELETE FROM file",
      "SELECT title FROM conversation",
      "SELECT * FROM conversation",
      "SELECT input_snapshot FROM generation",
      "SELECT wrapped_key FROM user_data_key",
      "SELECT wrapped_key FROM signing_key",
      "SELECT token_hash FROM refresh_token",
      "SELECT sealed FROM session_hint",
      "UPDATE audit_record SET action = 'x'",
      "DELETE FROM audit_record",
      "INSERT INTO audit_record (action, result) VALUES ('forged.deed', 'ok')",
      "INSERT INTO ledger_entry (account_id, period_start, kind) VALUES (uuidv7(), now(), 'adjust')",
      "UPDATE budget_balance SET spent_micros = 0",
      "SELECT budget_reserve(uuidv7(), 1, uuidv7(), uuidv7(), 'm', 1, 1, interval '1 minute')",
      "SELECT budget_apply('{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', interval '1 minute')",
      "SELECT budget_sweep(1, interval '0')",
      "SELECT budget_rebuild()",
      "UPDATE ledger_entry SET spent_micros = 0",
      "DELETE FROM ledger_entry",
      "TRUNCATE ledger_entry",
      "UPDATE reservation SET settled_micros = 0",
      "UPDATE budget_increase SET micros = 1",
      "DELETE FROM budget_increase",
      "DELETE FROM budget_alert",
      "INSERT INTO budget_alert (account_id, period_start, kind, spent_micros) SELECT id, now(), 'soft', 0 FROM budget_account",
      "DELETE FROM budget_account",
      "UPDATE message SET status = 'failed'",
      "UPDATE change_counter SET version = 0",
      "SELECT salt FROM audit_personal",
      "DELETE FROM audit_personal",
      "SELECT audit_forget(NULL, uuidv7(), 'somebody')",
      "INSERT INTO audit_leaf VALUES (0, 1, '\\x00')",
      "UPDATE audit_sealer SET holder = 'portal'",
      "SELECT * FROM audit_delivery",
      "SELECT secret_hash FROM api_key",
      "SELECT secret_mac FROM api_key",
      "SELECT * FROM api_key",
      "UPDATE api_key SET scopes = '{chat}'",
      "UPDATE api_key SET expires_at = 'infinity'",
      "INSERT INTO api_key (owner_id, name, prefix, secret_mac, mac_kid, scopes, expires_at) SELECT id, 'x', 'atr_00000000', sha256(''), 'k', '{chat}', 'infinity' FROM app_user",
      "DELETE FROM api_key",
      "UPDATE user_session SET revoked_at = NULL",
      "INSERT INTO user_session (user_id, expires_at) SELECT id, 'infinity' FROM app_user",
      "SELECT directory_sign_in('oidc', 'p', 's', 'n', 'd', NULL, 'en', true, '[]')",
      "SELECT department_at('Sales')",
      "SELECT wrapped_key FROM conversation_key_wrap",
      "SELECT content FROM export_part",
      "SELECT state FROM privacy_job",
      "UPDATE privacy_job SET status = 'done'",
      "SELECT privacy_erase_chats(uuidv7(), 1)",
      "SELECT privacy_subject_page(uuidv7(), 'app_user', 'id', 0, 1)",
      "UPDATE break_glass SET expires_at = now()",
      "INSERT INTO notice (user_id, kind) VALUES (uuidv7(), 'break_glass')",
      "SELECT content FROM share",
      "SELECT title FROM share_open",
      "SELECT address_hash FROM share",
      "UPDATE share SET expires_at = 'infinity'",
    }
  )
  void keepsThePortalFromBodiesKeysMoneyAndTheAudit(String sql) {
    assertRefused("portal_app", sql);
  }

  @ParameterizedTest
  @ValueSource(
    strings = {
      "SELECT id, owner_id, updated_at FROM conversation",
      "SELECT id, status, completion_tokens FROM generation",
      "SELECT * FROM audit_record",
      "SELECT actor_name, address, personal FROM audit_entry",
      "SELECT * FROM ledger_entry",
      "INSERT INTO command (kind) VALUES ('session.end')",
      "SELECT audit_append(NULL, 'portal', 'user.add', NULL, NULL, 'ok', NULL, NULL, '{}')",
      "SELECT audit_append(NULL, NULL, 'user.add', NULL, NULL, 'ok', NULL, NULL, '{}', NULL, uuidv7(), '{}')",
      "INSERT INTO app_user (name, display_name, department_id) SELECT 'new', 'New', id FROM department",
      "UPDATE budget_account SET limit_micros = 5",
      "INSERT INTO budget_account (kind, project, limit_micros, member_cap_micros) VALUES ('project', 'p', 5, NULL)",
      "INSERT INTO budget_increase (account_id, micros, expires_at) SELECT id, 1, now() + interval '1 day' FROM budget_account",
      "UPDATE budget_increase SET expires_at = now() + interval '2 days'",
      "SELECT * FROM budget_alert",
      "SELECT budget_limit_of(id, now()) FROM budget_account",
      "SELECT * FROM budget_differences()",
      "DELETE FROM project_member",
      "SELECT id, owner_id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at FROM api_key",
      "INSERT INTO api_key (owner_id, name, prefix, secret_hash, scopes, expires_at) SELECT id, 'x', 'atr_00000000', sha256(''), '{chat}', 'infinity' FROM app_user LIMIT 1",
      "UPDATE api_key SET revoked_at = now()",
      "INSERT INTO privacy_job (kind, args) VALUES ('retention', '{\"dryRun\": true}')",
      "SELECT status, done, total, result FROM privacy_job",
      "SELECT * FROM retention_due",
      "SELECT id, author_id, conversation_id, messages, created_at, expires_at, ended_at FROM share",
      "UPDATE share SET ended_at = now()",
    }
  )
  void letsThePortalAdminister(String sql) throws SQLException {
    as("portal_app", sql);
  }

  @ParameterizedTest
  @ValueSource(
    strings = {
      "INSERT INTO audit_record (action, result) VALUES ('forged.deed', 'ok')",
      "UPDATE audit_leaf SET leaf_hash = '\\x00'",
      "DELETE FROM audit_checkpoint",
      "TRUNCATE audit_record CASCADE",
      "UPDATE ledger_entry SET spent_micros = 0",
      "DELETE FROM ledger_entry",
      "INSERT INTO ledger_entry (account_id, period_start, kind) VALUES (uuidv7(), now(), 'adjust')",
      "UPDATE budget_balance SET spent_micros = 0",
      "TRUNCATE ledger_entry",
      "DELETE FROM budget_balance",
      "INSERT INTO budget_balance (account_id, period_start) SELECT id, now() FROM budget_account",
      "UPDATE reservation SET settled_micros = 0",
      "DELETE FROM reservation",
      "SELECT budget_rebuild()",
      "SELECT budget_open_members('{}', '{}', now())",
      "UPDATE budget_account SET limit_micros = NULL",
      "INSERT INTO budget_account (kind, project) VALUES ('project', 'mine')",
      "INSERT INTO budget_increase (account_id, micros, expires_at) SELECT id, 1, now() FROM budget_account",
      "DELETE FROM budget_alert",
      "UPDATE price SET output_per_million = 0",
      "INSERT INTO price (model, input_per_million, cached_per_million, output_per_million, valid_from) VALUES ('m', 0, 0, 0, now())",
      "INSERT INTO project_member (user_id, project) VALUES (uuidv7(), 'mine')",
      "DELETE FROM app_user",
      "UPDATE change_counter SET version = 0",
      "SELECT * FROM flyway_schema_history",
      "CREATE TABLE mine (id int)",
      "INSERT INTO audit_personal (record_id, salt, fields) VALUES (1, '', '{}')",
      "SELECT * FROM audit_personal",
      "DELETE FROM audit_personal",
      "SELECT * FROM audit_entry",
      "DELETE FROM audit_sealer",
      "DELETE FROM audit_delivery",
      "SELECT audit_salt()",
      "INSERT INTO api_key (owner_id, name, prefix, secret_hash, scopes, expires_at) SELECT id, 'x', 'atr_00000001', sha256(''), '{chat}', 'infinity' FROM app_user",
      "UPDATE api_key SET scopes = '{chat}'",
      "UPDATE api_key SET expires_at = 'infinity'",
      "UPDATE api_key SET revoked_at = NULL",
      "UPDATE api_key SET owner_id = uuidv7()",
      "DELETE FROM api_key",
      "INSERT INTO group_member (group_id, user_id) VALUES (uuidv7(), uuidv7())",
      "DELETE FROM group_member",
      "INSERT INTO user_group (name) VALUES ('Mine')",
      "SELECT department_at('Sales')",
      "SELECT directory_standing(uuidv7())",
      "DELETE FROM conversation",
      "DELETE FROM conversation_key",
      "UPDATE legal_hold SET released_at = now()",
      "UPDATE retention_rule SET days = 1",
      "UPDATE privacy_setting SET key_backup_days = 0",
      "SELECT privacy_delete_conversations('{}')",
      "UPDATE file SET body = ''",
      "UPDATE file SET message_id = uuidv7()",
      "DELETE FROM file",
      "TRUNCATE file",
      "DELETE FROM share",
      "UPDATE share SET author_id = uuidv7()",
      "UPDATE share SET content = ''",
      "UPDATE share SET expires_at = now() + interval '1 day'",
    }
  )
  void keepsAHubFromTheAuditTheLedgerAndTheSchema(String sql) {
    assertRefused("hub_app", sql);
  }

  @ParameterizedTest
  @ValueSource(
    strings = {
      "SELECT audit_append(NULL, 'hub', 'some.deed', NULL, NULL, 'ok', NULL, NULL, '{}', NULL, NULL, '{}')",
      "SELECT audit_forget(NULL, uuidv7(), 'nobody')",
      "SELECT privacy_purge_due(1)",
      "SELECT share_purge(1)",
      "UPDATE share SET ended_at = now()",
      "SELECT privacy_residue('command', '{nobody}')",
      "INSERT INTO conversation_key (id, conversation_id) SELECT uuidv7(), id FROM conversation",
      "UPDATE audit_sealer SET holder = 'hub', expires_at = now()",
      "INSERT INTO audit_delivery (sink, tree_size) VALUES ('file', 1) ON CONFLICT (sink) DO UPDATE SET tree_size = 1",
      "WITH r AS (SELECT audit_append(NULL, 'hub', 'some.deed', NULL, NULL, 'ok', NULL, NULL, '{}') AS id) SELECT FROM r",
      "INSERT INTO audit_leaf (leaf_index, record_id, leaf_hash) SELECT 0, min(id), sha256('') FROM audit_record",
    }
  )
  void letsAHubAppendAndSeal(String sql) throws SQLException {
    as(
      "hub_app",
      "SELECT audit_append(NULL, 'hub', 'some.deed', NULL, NULL, 'ok', NULL, NULL, '{}')"
    );
    as("hub_app", sql);
  }

  @ParameterizedTest
  @ValueSource(
    strings = {
      "SELECT budget_apply('{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', interval '1 minute')",
      "SELECT budget_sweep(1, interval '5 seconds')",
      "SELECT budget_limit_of(id, now()) FROM budget_account",
      "SELECT budget_accounts_of(uuidv7(), uuidv7())",
      "SELECT * FROM ledger_entry, budget_balance, reservation, price",
      // A hub that hears of the model that ships adds its row, and with it comes its price.
      "INSERT INTO model (name, kind, title) VALUES ('starter', 'chat', 'Starter')",
    }
  )
  void letsAHubReserveAndSettle(String sql) throws SQLException {
    as("hub_app", sql);
  }

  @ParameterizedTest
  @ValueSource(
    strings = {
      "SELECT secret_hash, secret_mac FROM api_key",
      "UPDATE api_key SET secret_hash = NULL, secret_mac = sha256(''), mac_kid = 'k', last_used_at = now() WHERE false",
      "INSERT INTO signing_key (kid, purpose, algorithm, wrapped_key, master_key_id, sign_until, verify_until) VALUES ('k', 'api_key', 'HS256', '', 'm', 'infinity', 'infinity')",
      "UPDATE user_session SET revoked_at = now(), revoked_reason = 'signed_out_elsewhere'",
      "SELECT directory_sign_in('oidc', 'p', 's', 'n', 'd', NULL, 'en', true, '[]')",
    }
  )
  void letsAHubCheckKeysAndLetPeopleIn(String sql) throws SQLException {
    as("hub_app", sql);
  }

  @ParameterizedTest
  @ValueSource(
    strings = {
      "SELECT * FROM file",
      "INSERT INTO file (id, message_id, ordinal, name, body, key_id, bytes) SELECT uuidv7(), id, 0, 'n', 'b', uuidv7(), 1 FROM message",
    }
  )
  void letsAHubWriteAndReadFiles(String sql) throws SQLException {
    as("hub_app", sql);
  }

  @Test
  void keepsTheLedgerFromItsOwnOwner() {
    for (var sql : new String[] {
      "UPDATE ledger_entry SET spent_micros = 0",
      "DELETE FROM ledger_entry",
      "TRUNCATE ledger_entry",
    }) {
      assertThatThrownBy(() -> database.execute(sql)).hasStackTraceContaining("is append-only");
    }
  }

  @Test
  void tellsHubsOfWhatWasEndedElsewhereAndNotOfEverySignOut() {
    database.execute(
      """
      INSERT INTO app_user (name, display_name, department_id)
        SELECT 'signs', 'S', id FROM department WHERE parent_id IS NULL;
      INSERT INTO user_session (user_id, expires_at, address)
        SELECT id, now() + interval '1 day', a FROM app_user, unnest(ARRAY['one', 'two']) a WHERE name = 'signs'"""
    );
    var before = Long.parseLong(database.value("SELECT version FROM change_counter"));
    database.execute(
      "UPDATE user_session SET revoked_at = now(), revoked_reason = 'signed_out' WHERE address = 'one'"
    );
    assertThat(database.value("SELECT version FROM change_counter")).isEqualTo(
      Long.toString(before)
    );
    database.execute(
      "UPDATE user_session SET revoked_at = now(), revoked_reason = 'administrator' WHERE address = 'two'"
    );
    assertThat(database.value("SELECT version FROM change_counter")).isEqualTo(
      Long.toString(before + 1)
    );
  }

  @Test
  void countsEveryChangeThatHubsMustHearOf() throws SQLException {
    var before = Long.parseLong(database.value("SELECT version FROM change_counter"));
    as("portal_app", "INSERT INTO model (name, kind, title) VALUES ('m', 'chat', 'M')");
    as("portal_app", "UPDATE model SET enabled = false WHERE name = 'm'");
    as("hub_app", "UPDATE model SET enabled = false WHERE name = 'nobody'");
    as(
      "hub_app",
      "INSERT INTO model (name, kind, title) VALUES ('m', 'chat', 'M') ON CONFLICT DO NOTHING"
    );
    assertThat(database.value("SELECT version FROM change_counter")).isEqualTo(
      Long.toString(before + 2)
    );
  }

  @Test
  void refusesACycleOfDepartments() {
    database.execute(
      """
      WITH root AS (SELECT id FROM department WHERE parent_id IS NULL),
      a AS (INSERT INTO department (name, parent_id) SELECT 'A', id FROM root RETURNING id)
      INSERT INTO department (name, parent_id) SELECT 'B', id FROM a"""
    );
    assertThatThrownBy(() ->
      database.execute(
        "UPDATE department SET parent_id = (SELECT id FROM department WHERE name = 'B') WHERE name = 'A'"
      )
    ).hasStackTraceContaining("above itself");
  }

  @Test
  void hasAnIndexForEveryForeignKey() {
    assertThat(
      database.value(
        """
        SELECT string_agg(c.conrelid::regclass || '(' || a.attname || ')', ', ')
        FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace
          AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.conrelid
            AND i.indkey[0] = ANY (c.conkey))"""
      )
    ).isNull();
  }
}
