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

/** Treatment rules and words: what the tables accept, and who may touch them, tested by trying. */
class SensitiveTablesTest {

  private static final String INSUFFICIENT_PRIVILEGE = "42501";
  private static final String CHECK_VIOLATION = "23514";
  private static TestDatabase database;

  @BeforeAll
  static void start() {
    database = TestDatabase.migrated();
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

  private static void assertRefused(String role, String sql, String state) {
    assertThatThrownBy(() -> as(role, sql)).isInstanceOfSatisfying(SQLException.class, e ->
      assertThat(e.getSQLState()).as(sql).isEqualTo(state)
    );
  }

  @ParameterizedTest
  @ValueSource(
    strings = {
      "INSERT INTO treatment_rule (treatment) VALUES ('allow')",
      "DELETE FROM treatment_rule",
      "UPDATE treatment_rule SET treatment = 'allow'",
      "INSERT INTO sensitive_word (word, normalised) VALUES ('a', 'a')",
      "DELETE FROM sensitive_word",
      "UPDATE sensitive_word_list SET revision = 0",
    }
  )
  void keepsAHubFromMakingRules(String sql) {
    assertRefused("hub_app", sql, INSUFFICIENT_PRIVILEGE);
  }

  @Test
  void letsAHubObeyAndThePortalAdminister() throws SQLException {
    as("hub_app", "SELECT FROM treatment_rule, sensitive_word, sensitive_word_list");
    as("portal_app", "INSERT INTO treatment_rule (kind, treatment) VALUES ('phone', 'mask')");
    as("portal_app", "INSERT INTO sensitive_word (word, normalised) VALUES ('A', 'a')");
    as("portal_app", "DELETE FROM treatment_rule");
    as("portal_app", "DELETE FROM sensitive_word");
    assertRefused(
      "portal_app",
      "UPDATE treatment_rule SET treatment = 'allow'",
      INSUFFICIENT_PRIVILEGE
    );
    assertRefused(
      "portal_app",
      "UPDATE sensitive_word_list SET revision = 0",
      INSUFFICIENT_PRIVILEGE
    );
    assertRefused("portal_app", "SELECT held FROM answer_chunk", INSUFFICIENT_PRIVILEGE);
  }

  @Test
  void hasOneRuleForOneDepartmentModelAndKind() {
    database.execute("INSERT INTO treatment_rule (treatment) VALUES ('warn')");
    assertThatThrownBy(() ->
      database.execute("INSERT INTO treatment_rule (treatment) VALUES ('mask')")
    ).hasStackTraceContaining("treatment_rule_once");
    database.execute("DELETE FROM treatment_rule");
  }

  @Test
  void hubsHearOfRulesAndWordsAndReadTheListOnlyWhenItHasChanged() {
    long version = number("SELECT version FROM change_counter");
    long revision = number("SELECT revision FROM sensitive_word_list");
    database.execute("INSERT INTO treatment_rule (kind, treatment) VALUES ('iban', 'warn')");
    assertThat(number("SELECT version FROM change_counter")).isEqualTo(version + 1);
    assertThat(number("SELECT revision FROM sensitive_word_list")).isEqualTo(revision);
    database.execute("INSERT INTO sensitive_word (word, normalised) VALUES ('X', 'x'), ('Y', 'y')");
    assertThat(number("SELECT version FROM change_counter")).isEqualTo(version + 2);
    assertThat(number("SELECT revision FROM sensitive_word_list")).isEqualTo(revision + 1);
  }

  @Test
  void aListHasABound() {
    assertRefused(
      "portal_app",
      "INSERT INTO sensitive_word (word, normalised) SELECT 'w' || n, 'w' || n FROM generate_series(1, 20001) n",
      CHECK_VIOLATION
    );
  }

  private static long number(String sql) {
    return Long.parseLong(database.value(sql));
  }
}
