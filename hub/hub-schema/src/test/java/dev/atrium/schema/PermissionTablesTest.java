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

/** Groups, rules and rates: what the tables accept, and who may touch them, tested by trying. */
class PermissionTablesTest {

  private static final String INSUFFICIENT_PRIVILEGE = "42501";
  private static TestDatabase database;

  @BeforeAll
  static void start() {
    database = TestDatabase.migrated();
    database.execute(
      """
      INSERT INTO app_user (id, name, display_name, department_id)
        SELECT '00000000-0000-0000-0000-000000000001', 'ada', 'Ada', id FROM department;
      INSERT INTO model (name, kind, title) VALUES ('m', 'chat', 'M');
      INSERT INTO user_group (id, name) VALUES ('00000000-0000-0000-0000-000000000002', 'Pilots')"""
    );
  }

  @AfterAll
  static void stop() {
    database.close();
  }

  /** Tries it and takes it back. */
  private static void as(String role, String sql) throws SQLException {
    try (var connection = database.connect(); var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("SET ROLE " + role);
      statement.execute(sql);
      connection.rollback();
    }
  }

  private static void assertRefused(String role, String sql) {
    assertThatThrownBy(() -> as(role, sql)).isInstanceOfSatisfying(SQLException.class, e ->
      assertThat(e.getSQLState()).as(sql).isEqualTo(INSUFFICIENT_PRIVILEGE)
    );
  }

  @ParameterizedTest
  @ValueSource(
    strings = {
      "SELECT * FROM permission_rule, rate_limit, user_group LEFT JOIN group_member ON group_id = id",
      "SELECT * FROM rate_take('00000000-0000-0000-0000-000000000001', NULL, 'requests', 1)",
      "SELECT rate_give_back('00000000-0000-0000-0000-000000000001', NULL, 'requests', 1, 0)",
    }
  )
  void letsAHubObey(String sql) throws SQLException {
    as("hub_app", sql);
  }

  @ParameterizedTest
  @ValueSource(
    strings = {
      "INSERT INTO permission_rule (effect, subject_kind, action, resource_kind) VALUES ('allow', 'everybody', 'use', 'assistant')",
      "DELETE FROM permission_rule",
      "UPDATE permission_rule SET effect = 'allow'",
      "INSERT INTO user_group (name) VALUES ('mine')",
      "DELETE FROM user_group",
      "INSERT INTO group_member (group_id, user_id) SELECT g.id, u.id FROM user_group g, app_user u",
      "DELETE FROM group_member",
      "UPDATE rate_limit SET requests_per_minute = 1000000",
      "DELETE FROM rate_limit",
      "SELECT * FROM rate_window",
      "UPDATE rate_window SET counts = '{}'",
      "DELETE FROM rate_window",
      "SELECT * FROM rate_limits_of('00000000-0000-0000-0000-000000000001', NULL, 'requests')",
    }
  )
  void keepsAHubFromMakingRules(String sql) {
    assertRefused("hub_app", sql);
  }

  @ParameterizedTest
  @ValueSource(
    strings = {
      "INSERT INTO permission_rule (effect, subject_kind, action, resource_kind) VALUES ('allow', 'everybody', 'use', 'assistant')",
      "DELETE FROM permission_rule",
      "INSERT INTO user_group (name) VALUES ('mine')",
      "UPDATE user_group SET name = 'Other'",
      "INSERT INTO group_member (group_id, user_id) SELECT g.id, u.id FROM user_group g, app_user u",
      "DELETE FROM group_member",
      "INSERT INTO rate_limit (applies_to, user_id, tokens_per_minute) SELECT 'user', id, 1000 FROM app_user",
      "UPDATE rate_limit SET requests_per_minute = 5",
      "UPDATE app_user SET status = 'disabled'",
    }
  )
  void letsThePortalAdminister(String sql) throws SQLException {
    as("portal_app", sql);
  }

  @ParameterizedTest
  @ValueSource(
    strings = {
      "UPDATE permission_rule SET effect = 'allow'",
      "UPDATE user_group SET id = uuidv7()",
      "SELECT * FROM rate_window",
      "SELECT * FROM rate_take('00000000-0000-0000-0000-000000000001', NULL, 'requests', 1)",
      "UPDATE user_session SET revoked_at = NULL",
    }
  )
  void keepsThePortalFromRewritingRulesAndFromHubsWork(String sql) {
    assertRefused("portal_app", sql);
  }

  @ParameterizedTest
  @ValueSource(
    strings = {
      "('allow', 'user', NULL, NULL, 'use', 'model', NULL, NULL)",
      "('allow', 'everybody', '00000000-0000-0000-0000-000000000001', NULL, 'use', 'model', NULL, NULL)",
      "('allow', 'role', NULL, 'owner', 'use', 'model', NULL, NULL)",
      "('allow', 'everybody', NULL, NULL, 'edit', 'model', NULL, NULL)",
      "('allow', 'everybody', NULL, NULL, 'use', 'model', NULL, 'm')",
      "('allow', 'everybody', NULL, NULL, 'use', 'assistant', 'm', NULL)",
      "('allow', 'everybody', NULL, NULL, 'use', 'model', 'unknown', NULL)",
      // Both a grant and a denial of the same.
      "('deny', 'everybody', NULL, NULL, 'use', 'model', NULL, NULL)",
    }
  )
  void refusesRulesThatMeanNothing(String values) {
    assertThatThrownBy(() ->
      database.execute(
        "INSERT INTO permission_rule (effect, subject_kind, user_id, role, action, resource_kind, model, resource_id) VALUES " +
        values
      )
    ).hasRootCauseInstanceOf(SQLException.class);
  }

  @Test
  void keepsAGroupThatARuleSpeaksOf() {
    database.execute(
      """
      INSERT INTO user_group (id, name) VALUES ('00000000-0000-0000-0000-000000000003', 'Spoken of');
      INSERT INTO permission_rule (effect, subject_kind, group_id, action, resource_kind)
        VALUES ('deny', 'group', '00000000-0000-0000-0000-000000000003', 'use', 'model')"""
    );
    assertThatThrownBy(() ->
      database.execute("DELETE FROM user_group WHERE name = 'Spoken of'")
    ).hasStackTraceContaining("permission_rule");
  }

  @Test
  void beginsWithEverybodyUsingEveryModel() {
    assertThat(
      database.value(
        "SELECT effect FROM permission_rule WHERE subject_kind = 'everybody' AND resource_kind = 'model' AND model IS NULL"
      )
    ).isEqualTo("allow");
  }

  @Test
  void countsChangesOfRulesGroupsAndLimitsOnceAStatement() {
    long before = version();
    database.execute("INSERT INTO user_group (name) VALUES ('G1'), ('G2')");
    database.execute(
      "INSERT INTO group_member (group_id, user_id) SELECT g.id, u.id FROM user_group g, app_user u WHERE g.name IN ('G1', 'G2')"
    );
    database.execute(
      "DELETE FROM group_member WHERE group_id IN (SELECT id FROM user_group WHERE name = 'G2')"
    );
    database.execute("UPDATE rate_limit SET tokens_per_minute = NULL");
    database.execute("DELETE FROM rate_limit WHERE applies_to = 'department'");
    assertThat(version()).isEqualTo(before + 4);
  }

  private static long version() {
    return Long.parseLong(database.value("SELECT version FROM change_counter"));
  }

  @Test
  void disablingAUserEndsItsSessions() throws SQLException {
    database.execute(
      """
      INSERT INTO app_user (name, display_name, department_id)
        SELECT 'leaver', 'Leaver', id FROM department WHERE parent_id IS NULL;
      INSERT INTO user_session (user_id, expires_at)
        SELECT id, now() + interval '1 day' FROM app_user WHERE name = 'leaver'"""
    );
    // The portal itself may not touch sessions.
    try (var connection = database.connect(); var statement = connection.createStatement()) {
      statement.execute("SET ROLE portal_app");
      statement.execute("UPDATE app_user SET status = 'disabled' WHERE name = 'leaver'");
    }
    assertThat(
      database.value(
        "SELECT revoked_reason FROM user_session s JOIN app_user u ON u.id = s.user_id WHERE u.name = 'leaver'"
      )
    ).isEqualTo("user_disabled");
  }
}
