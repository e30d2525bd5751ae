package dev.atrium.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.schema.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Hubs of the version before call these functions while an installation is upgraded. */
class OlderHubsMoneyTest {

  private static final String ONE = "'00000000-0000-7000-8000-000000000001'";
  private static final String TWO = "'00000000-0000-7000-8000-000000000002'";

  private static TestDatabase database;

  @BeforeAll
  static void start() {
    database = TestDatabase.migrated();
    database.execute(
      """
      INSERT INTO app_user (name, display_name, department_id) SELECT 'ada', 'Ada', id FROM department;
      INSERT INTO model (name, kind, title) VALUES ('m', 'chat', 'M'), ('unpriced', 'chat', 'U');
      INSERT INTO price (model, input_per_million, cached_per_million, output_per_million, valid_from)
        VALUES ('m', 1000000, 1000000, 1000000, now() - interval '1 day');
      UPDATE budget_account SET limit_micros = 500"""
    );
  }

  @AfterAll
  static void stop() {
    database.close();
  }

  private static String reserve(Connection hub, String generation, String model)
    throws SQLException {
    return value(
      hub,
      "SELECT v.allowed || '/' || v.reserved || '/' || coalesce(a.kind, 'ok') FROM app_user u" +
      " CROSS JOIN LATERAL budget_reserve(" +
      generation +
      ", 1, u.id, u.department_id, '" +
      model +
      "', 100, 256, interval '10 minutes') v LEFT JOIN budget_account a ON a.id = v.refused_by"
    );
  }

  private static String topUp(Connection hub, int through) throws SQLException {
    return value(
      hub,
      "SELECT allowed || '/' || reserved || '/' || (refused_by IS NULL) FROM budget_top_up(" +
      ONE +
      ", 1, " +
      through +
      ", interval '10 minutes')"
    );
  }

  private static String settle(Connection hub) throws SQLException {
    return value(
      hub,
      "SELECT budget_settle(generation_id, attempt, 100, 0, 390) FROM reservation WHERE generation_id = " +
      ONE
    );
  }

  private static String value(Connection hub, String sql) throws SQLException {
    try (var statement = hub.createStatement(); var rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  @Test
  void reserveRaiseAndSettleAsTheyKnowIt() throws SQLException {
    try (var hub = database.connect(); var role = hub.createStatement()) {
      role.execute("SET ROLE hub_app");
      assertThat(reserve(hub, ONE, "m")).isEqualTo("256/356/ok");
      assertThat(reserve(hub, ONE, "m")).isEqualTo("256/356/ok");
      assertThat(topUp(hub, 512)).isEqualTo("400/500/true");
      assertThat(topUp(hub, 512)).isEqualTo("400/500/false");
      assertThat(reserve(hub, TWO, "m")).isEqualTo("0/0/organisation");
      assertThat(reserve(hub, TWO, "unpriced")).isEqualTo("0/0/organisation");
      assertThat(settle(hub)).isEqualTo("490");
      assertThat(settle(hub)).isEqualTo("490");
      assertThatThrownBy(() -> topUp(hub, 600)).hasMessageContaining("no open reservation");
    }
  }
}
