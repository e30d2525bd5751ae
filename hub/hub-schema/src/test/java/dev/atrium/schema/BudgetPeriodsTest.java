package dev.atrium.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.schema.testing.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where periods begin and end, in the organisation's time zone. */
class BudgetPeriodsTest {

  private static TestDatabase database;

  @BeforeAll
  static void start() {
    database = TestDatabase.migrated();
  }

  @AfterAll
  static void stop() {
    database.close();
  }

  @ParameterizedTest
  @CsvSource(
    {
      // zone, period, moment, begins, ends
      "UTC, day, 2026-11-26T23:59:59Z, 2026-11-26T00:00Z, 2026-11-27T00:00Z",
      "UTC, day, 2026-11-27T00:00:00Z, 2026-11-27T00:00Z, 2026-11-28T00:00Z",
      "Asia/Shanghai, day, 2026-11-26T15:59:59Z, 2026-11-25T16:00Z, 2026-11-26T16:00Z",
      "Asia/Shanghai, day, 2026-11-26T16:00:00Z, 2026-11-26T16:00Z, 2026-11-27T16:00Z",
      // Clocks go forward: a day of 23 hours. And back: one of 25.
      "Europe/Berlin, day, 2026-03-29T12:00:00Z, 2026-03-28T23:00Z, 2026-03-29T22:00Z",
      "Europe/Berlin, day, 2026-10-25T12:00:00Z, 2026-10-24T22:00Z, 2026-10-25T23:00Z",
      "America/New_York, day, 2026-11-01T05:30:00Z, 2026-11-01T04:00Z, 2026-11-02T05:00Z",
      // Where midnight itself is left out, the day begins at one.
      "America/Santiago, day, 2026-09-06T12:00:00Z, 2026-09-06T04:00Z, 2026-09-07T03:00Z",
      // Weeks begin on Monday; this one is an hour short.
      "Europe/Berlin, week, 2026-03-29T21:59:59Z, 2026-03-22T23:00Z, 2026-03-29T22:00Z",
      "Europe/Berlin, week, 2026-03-29T22:00:00Z, 2026-03-29T22:00Z, 2026-04-05T22:00Z",
      "UTC, week, 2027-01-01T00:00:00Z, 2026-12-28T00:00Z, 2027-01-04T00:00Z",
      "Europe/Berlin, month, 2026-03-31T21:59:59Z, 2026-02-28T23:00Z, 2026-03-31T22:00Z",
      "Asia/Kathmandu, month, 2028-02-29T18:14:59Z, 2028-01-31T18:15Z, 2028-02-29T18:15Z",
    }
  )
  void beginsAndEndsAtMidnightOfTheOrganisation(
    String zone,
    String period,
    String moment,
    String begins,
    String ends
  ) {
    database.execute("UPDATE organisation SET time_zone = '" + zone + "'");
    assertThat(bound("start", period, moment)).isEqualTo(begins);
    assertThat(bound("end", period, moment)).isEqualTo(ends);
  }

  private static String bound(String which, String period, String moment) {
    return database.value(
      "SELECT to_char(budget_period_" +
      which +
      "('" +
      period +
      "', '" +
      moment +
      "') AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI\"Z\"')"
    );
  }

  @ParameterizedTest
  @CsvSource({ "start, -infinity", "end, infinity" })
  void lastsForEverWithoutAPeriod(String which, String expected) {
    assertThat(database.value("SELECT budget_period_" + which + "('none', now())")).isEqualTo(
      expected
    );
  }
}
