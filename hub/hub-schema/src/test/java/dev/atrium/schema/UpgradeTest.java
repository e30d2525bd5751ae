package dev.atrium.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.schema.testing.TestDatabase;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A database that was in use under an older version is brought to this one with all that is in it. */
class UpgradeTest {

  private static final String USED = """
    INSERT INTO department (name, parent_id) SELECT 'Sales', id FROM department WHERE parent_id IS NULL;
    INSERT INTO app_user (name, display_name, department_id)
      SELECT n, initcap(n), d.id FROM department d, unnest(ARRAY['ada', 'bob']) AS n WHERE d.name = 'Sales';
    INSERT INTO credential (user_id, kind, password_hash) SELECT id, 'password', 'hash' FROM app_user;
    WITH s AS (INSERT INTO user_session (user_id, expires_at, address)
      SELECT id, now() + interval '1 day', '10.0.0.1' FROM app_user WHERE name = 'ada' RETURNING id)
    INSERT INTO refresh_token (token_hash, session_id) SELECT sha256('token'), id FROM s;
    INSERT INTO user_data_key (user_id, wrapped_key, master_key_id) SELECT id, 'wrapped', 'k1' FROM app_user;
    INSERT INTO conversation (owner_id, title, title_key_id)
      SELECT user_id, 'sealed', id FROM user_data_key;
    INSERT INTO message (conversation_id, role, author_id, status)
      SELECT id, 'user', owner_id, 'complete' FROM conversation;
    INSERT INTO message_part (message_id, ordinal, kind, ciphertext, key_id)
      SELECT m.id, 0, 'text', 'sealed', c.title_key_id FROM message m JOIN conversation c ON c.id = m.conversation_id;
    INSERT INTO model (name, kind, title) VALUES ('priced', 'chat', 'P'), ('free', 'chat', 'F');
    INSERT INTO price (model, input_per_million, cached_per_million, output_per_million, valid_from)
      VALUES ('priced', 1000000, 1000000, 1000000, now() - interval '1 day');
    UPDATE budget_account SET period = 'month', limit_micros = 100000;
    INSERT INTO budget_account (kind, user_id, period, limit_micros)
      SELECT 'user', id, 'day', 50000 FROM app_user WHERE name = 'ada';
    INSERT INTO generation (id, conversation_id, user_id, department_id, owner, model, seed)
      SELECT ('00000000-0000-7000-8000-00000000000' || row_number() OVER (ORDER BY u.name))::uuid,
        c.id, u.id, u.department_id, 'hub-a', 'priced', 1
      FROM app_user u JOIN conversation c ON c.owner_id = u.id;
    INSERT INTO attempt (generation_id, number, node_id) SELECT id, 1, 'node-1' FROM generation;
    SELECT budget_reserve(id, 1, user_id, department_id, 'priced', 100, 256, interval '10 minutes') FROM generation;
    SELECT budget_top_up(id, 1, 512, interval '10 minutes') FROM generation;
    SELECT budget_settle(g.id, 1, 100, 0, 300) FROM generation g JOIN app_user u ON u.id = g.user_id WHERE u.name = 'bob';
    SELECT audit_append(id, name, 'session.sign_in', 'session', 'x', 'ok', '10.0.0.1', NULL, '{"tokens": 7}') FROM app_user;
    SELECT audit_append(NULL, NULL, 'user.create', 'user', 'x', 'ok', NULL, NULL, NULL)""";

  /** What only came with V004. */
  private static final String RULED = """
    INSERT INTO user_group (name) VALUES ('Trainees');
    INSERT INTO group_member SELECT g.id, u.id FROM user_group g, app_user u WHERE u.name = 'bob';
    INSERT INTO permission_rule (effect, subject_kind, group_id, action, resource_kind)
      SELECT 'deny', 'group', id, 'use', 'model' FROM user_group;
    INSERT INTO rate_limit (applies_to, user_id, requests_per_minute) SELECT 'user', id, 2 FROM app_user WHERE name = 'ada';
    SELECT rate_take(id, department_id, 'requests', 1) FROM app_user;
    INSERT INTO signing_key (kid, purpose, algorithm, public_key, wrapped_key, master_key_id, sign_until, verify_until)
      VALUES ('c1', 'audit_checkpoint', 'Ed25519', 'public', 'wrapped', 'k1', now(), now());
    INSERT INTO audit_leaf (leaf_index, record_id, leaf_hash)
      SELECT row_number() OVER (ORDER BY id) - 1, id, sha256(id::text::bytea) FROM audit_record;
    INSERT INTO audit_checkpoint (tree_size, root_hash, kid, signature)
      SELECT count(*), sha256('root'), 'c1', 'signature' FROM audit_leaf""";

  @ParameterizedTest
  @ValueSource(ints = { 2, 4, 7 })
  void keepsWhatIsThereAndGoesOnWithIt(int before) {
    try (var database = TestDatabase.empty()) {
      Migrations.applyThrough(database.url(), String.valueOf(before));
      database.execute(USED);
      if (before >= 4) {
        database.execute(RULED);
      }
      String chats = database.value(CHATS);
      String records = database.value(RECORDS);
      assertThat(Migrations.apply(database.url())).isPositive();

      assertThat(database.value(CHATS)).isEqualTo(chats);
      if (before >= 3) {
        assertThat(database.value(RECORDS)).as("sealed records are not touched").isEqualTo(records);
      }
      assertSession(database);
      assertAudit(database);
      assertMoney(database, before);
      if (before >= 4) {
        assertRules(database);
      }
    }
  }

  private static final String CHATS = """
    SELECT string_agg(concat_ws(' ', c.id, c.title, m.id, p.ciphertext, p.key_id, k.wrapped_key), ';' ORDER BY c.id)
    FROM conversation c JOIN message m ON m.conversation_id = c.id JOIN message_part p ON p.message_id = m.id
    JOIN user_data_key k ON k.id = p.key_id""";

  private static final String RECORDS =
    "SELECT string_agg(to_jsonb(r)::text, ';' ORDER BY id) FROM audit_record r";

  private static void assertSession(TestDatabase database) {
    assertThat(
      database.value(
        "SELECT u.name || ' ' || s.provider FROM refresh_token t JOIN user_session s ON s.id = t.session_id" +
        " JOIN app_user u ON u.id = s.user_id WHERE t.token_hash = sha256('token') AND s.revoked_at IS NULL"
      )
    ).isEqualTo("ada password");
  }

  /** Names have moved to where they can be erased, under commitments that hold, and nowhere else. */
  private static void assertAudit(TestDatabase database) {
    assertThat(
      database.value(
        "SELECT string_agg(concat_ws(' ', actor_name, action, address), ', ' ORDER BY id) FROM audit_entry WHERE action IN ('session.sign_in', 'user.create')"
      )
    ).isEqualTo("ada session.sign_in 10.0.0.1, bob session.sign_in 10.0.0.1, user.create");
    assertThat(
      database.value(
        "SELECT count(*) FROM audit_record WHERE format <> 2 OR actor_name IS NOT NULL OR address IS NOT NULL"
      )
    ).isEqualTo("0");
    assertThat(
      database.value(
        "SELECT bool_and(r.commitments = audit_commitments(p.salt, p.subject_id, p.fields)) FROM audit_record r JOIN audit_personal p ON p.record_id = r.id"
      )
    ).isEqualTo("t");
    assertThatThrownBy(() ->
      database.execute("UPDATE audit_record SET action = 'x'")
    ).hasStackTraceContaining("append-only");
    database.execute("SELECT audit_forget(NULL, id, name) FROM app_user WHERE name = 'ada'");
    assertThat(
      database.value("SELECT count(*) FROM audit_entry WHERE actor_name = 'ada'")
    ).isEqualTo("0");
  }

  /** What was reserved before is raised and settled now, and the books add up. */
  private static void assertMoney(TestDatabase database, int before) {
    assertThat(database.value(BOOKS)).isEqualTo("0 0");
    database.execute(
      """
      SET ROLE hub_app;
      SELECT budget_apply('{top_up}', ARRAY[id], '{1}', '{NULL}', '{NULL}', '{NULL}', '{0}', '{0}', '{768}', interval '10 minutes')
        FROM generation WHERE id::text LIKE '%1';
      SELECT budget_apply('{settle}', ARRAY[id], '{1}', '{NULL}', '{NULL}', '{NULL}', '{100}', '{0}', '{700}', interval '0')
        FROM generation WHERE id::text LIKE '%1'"""
    );
    assertThat(database.value(BOOKS)).isEqualTo("0 0");
    assertThat(
      database.value(
        "SELECT string_agg(a.kind || ' ' || b.reserved_micros || ' ' || b.spent_micros, ', ' ORDER BY a.kind) FROM budget_balance b JOIN budget_account a ON a.id = b.account_id"
      )
    ).isEqualTo("organisation 0 1200, user 0 800");
    if (before < 5) {
      assertThat(database.value("SELECT output_per_million FROM price WHERE model = 'free'"))
        .as("what cost nothing goes on costing nothing")
        .isEqualTo("0");
    }
  }

  private static final String BOOKS =
    "SELECT (SELECT count(*) FROM budget_differences()) || ' ' || (SELECT count(*) FROM budget_unpaid())";

  private static void assertRules(TestDatabase database) {
    assertThat(
      database.value(
        "SELECT g.name || ' ' || u.name FROM permission_rule r JOIN group_member m ON m.group_id = r.group_id JOIN user_group g ON g.id = m.group_id JOIN app_user u ON u.id = m.user_id WHERE r.effect = 'deny'"
      )
    ).isEqualTo("Trainees bob");
    assertThat(
      database.value(
        "SELECT (rate_take(id, department_id, 'requests', 1)).wait_seconds FROM app_user WHERE name = 'ada'"
      )
    ).isEqualTo("0");
    assertThat(
      database.value(
        "SELECT (rate_take(id, department_id, 'requests', 1)).wait_seconds > 0 FROM app_user WHERE name = 'ada'"
      )
    )
      .as("what was taken before counts")
      .isEqualTo("t");
    assertThat(
      database.value("SELECT tree_size = (SELECT count(*) FROM audit_leaf) FROM audit_checkpoint")
    ).isEqualTo("t");
  }
}
