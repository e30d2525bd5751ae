package dev.atrium.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.schema.testing.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code rate_take} on its own: what it gives out, and what it says when it does not. */
class RateTakeTest {

  private static final String ADA = "00000000-0000-0000-0000-000000000001";
  private static final String BOB = "00000000-0000-0000-0000-000000000002";
  private static final String SALES = "00000000-0000-0000-0000-000000000003";
  private static final String EXPORT = "00000000-0000-0000-0000-000000000004";
  private TestDatabase database;

  @BeforeEach
  void start() {
    database = TestDatabase.migrated();
    database.execute(
      """
      DELETE FROM rate_limit;
      INSERT INTO department (id, name, parent_id) SELECT '%3$s', 'Sales', id FROM department;
      INSERT INTO department (id, name, parent_id) VALUES ('%4$s', 'Export', '%3$s');
      INSERT INTO app_user (id, name, display_name, department_id)
        VALUES ('%1$s', 'ada', 'Ada', '%4$s'), ('%2$s', 'bob', 'Bob', '%3$s')""".formatted(
          ADA,
          BOB,
          SALES,
          EXPORT
        )
    );
  }

  @AfterEach
  void stop() {
    database.close();
  }

  private String take(String user, String department, String unit, int amount) {
    return database.value(
      "SELECT wait_seconds FROM rate_take('%s', '%s', '%s', %d)".formatted(
        user,
        department,
        unit,
        amount
      )
    );
  }

  private void limit(String columns, String values) {
    database.execute(
      "INSERT INTO rate_limit (applies_to, " + columns + ") VALUES (" + values + ")"
    );
  }

  @Test
  void givesEverythingWhereNoLimitIs() {
    assertThat(take(ADA, EXPORT, "tokens", 1_000_000_000)).isEqualTo("0");
    assertThat(database.value("SELECT count(*) FROM rate_window")).isEqualTo("0");
  }

  @Test
  void givesTheLimitAndThenSaysHowLongToWait() {
    limit("requests_per_minute", "'each_user', 3");
    for (int i = 0; i < 3; i++) {
      assertThat(take(ADA, EXPORT, "requests", 1)).isEqualTo("0");
    }
    assertThat(Integer.parseInt(take(ADA, EXPORT, "requests", 1))).isBetween(60, 65);
    assertThat(take(BOB, SALES, "requests", 1)).as("everybody by himself").isEqualTo("0");
  }

  @Test
  void aUsersOwnLimitReplacesTheCommonOne() {
    limit("requests_per_minute", "'each_user', 1");
    limit("user_id, requests_per_minute", "'user', '" + ADA + "', 2");
    assertThat(take(ADA, EXPORT, "requests", 2)).isEqualTo("0");
    assertThat(take(BOB, SALES, "requests", 2)).as("never").isNull();
  }

  @Test
  void aDepartmentSharesItsLimitWithAllBelow() {
    limit("department_id, tokens_per_minute", "'department', '" + SALES + "', 1000");
    assertThat(take(ADA, EXPORT, "tokens", 600)).isEqualTo("0");
    assertThat(take(BOB, SALES, "tokens", 600)).isNotEqualTo("0");
    assertThat(take(BOB, SALES, "tokens", 400)).isEqualTo("0");
  }

  @Test
  void takesFromAllLimitsOrFromNone() {
    limit("requests_per_minute", "'each_user', 10");
    limit("department_id, requests_per_minute", "'department', '" + SALES + "', 1");
    assertThat(take(BOB, SALES, "requests", 1)).isEqualTo("0");
    assertThat(take(ADA, EXPORT, "requests", 1)).isNotEqualTo("0");
    assertThat(
      database.value(
        "SELECT sum(c) FROM rate_window, unnest(counts) AS c WHERE subject_id = '" + ADA + "'"
      )
    ).isEqualTo("0");
  }

  @Test
  void whatWasTakenAMinuteAgoIsFreeAgain() {
    limit("requests_per_minute", "'each_user', 2");
    assertThat(take(ADA, EXPORT, "requests", 2)).isEqualTo("0");
    database.execute("UPDATE rate_window SET slot = slot - 12");
    assertThat(take(ADA, EXPORT, "requests", 1)).as("still in the window").isNotEqualTo("0");
    database.execute("UPDATE rate_window SET slot = slot - 1");
    assertThat(take(ADA, EXPORT, "requests", 2)).isEqualTo("0");
  }

  @Test
  void whatIsGivenBackCanBeTakenAgainUnlessItIsLongAgo() {
    limit("tokens_per_minute", "'each_user', 1000");
    String slot = database.value(
      "SELECT taken_slot FROM rate_take('%s', '%s', 'tokens', 1000)".formatted(ADA, EXPORT)
    );
    giveBack(300, slot);
    assertThat(take(ADA, EXPORT, "tokens", 300)).isEqualTo("0");
    database.execute("UPDATE rate_window SET slot = slot + 13");
    giveBack(1000, slot);
    assertThat(database.value("SELECT sum(c) FROM rate_window, unnest(counts) AS c")).isEqualTo(
      "1000"
    );
  }

  private void giveBack(int amount, String slot) {
    database.value(
      "SELECT rate_give_back('%s', '%s', 'tokens', %d, %s)".formatted(ADA, EXPORT, amount, slot)
    );
  }
}
