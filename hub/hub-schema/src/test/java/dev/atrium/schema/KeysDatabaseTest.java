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

/** The database of the personal keys: its role can add and destroy keys, and nothing else. */
class KeysDatabaseTest {

  private static TestDatabase database;

  @BeforeAll
  static void start() throws SQLException {
    database = TestDatabase.keys();
    asHub(
      "INSERT INTO personal_key (id, user_id, version, wrapped_key, master_key_id) VALUES (uuidv7(), uuidv7(), 1, 'x', 'm')"
    );
  }

  @AfterAll
  static void stop() {
    database.close();
  }

  private static void asHub(String sql) throws SQLException {
    try (var connection = database.connect(); var statement = connection.createStatement()) {
      statement.execute("SET ROLE hub_keys");
      statement.execute(sql);
    }
  }

  @ParameterizedTest
  @ValueSource(
    strings = {
      "DELETE FROM personal_key",
      "TRUNCATE personal_key",
      "UPDATE personal_key SET user_id = uuidv7()",
      "UPDATE installation SET install_id = uuidv7()",
      "DELETE FROM installation",
      "SELECT * FROM flyway_schema_history",
      "CREATE TABLE mine (id int)",
    }
  )
  void keepsAHubFromMovingOrForgettingKeys(String sql) {
    assertThatThrownBy(() -> asHub(sql)).isInstanceOfSatisfying(SQLException.class, e ->
      assertThat(e.getSQLState()).isEqualTo("42501")
    );
  }

  @Test
  void keepsADestroyedKeyDestroyed() throws SQLException {
    asHub("UPDATE personal_key SET wrapped_key = NULL, destroyed_at = now()");
    assertThatThrownBy(() ->
      asHub("UPDATE personal_key SET wrapped_key = 'x', destroyed_at = NULL")
    ).hasMessageContaining("was destroyed");
  }

  @Test
  void letsInNobodyButItsOwnUsers() {
    try (var keys = TestDatabase.empty()) {
      Migrations.applyKeys(keys.url());
      keys.execute("CREATE ROLE passer_by LOGIN PASSWORD 'passer-by'");
      assertThatThrownBy(() -> Migrations.applyKeys(keys.urlAs("passer_by", "passer-by")))
        .isInstanceOf(DatabaseUnreachableException.class)
        .hasMessageContaining("permission denied");
    }
  }

  @Test
  void appliesOnceAndThenFindsNothingToDo() {
    try (var empty = TestDatabase.empty()) {
      assertThat(Migrations.applyKeys(empty.url())).isEqualTo(1);
      assertThat(Migrations.applyKeys(empty.url())).isZero();
    }
  }
}
