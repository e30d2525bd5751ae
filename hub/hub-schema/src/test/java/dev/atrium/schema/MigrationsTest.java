package dev.atrium.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.schema.testing.TestDatabase;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class MigrationsTest {

  /** Files under {@code db/migration}. */
  private static final int ALL = files();

  private static int files() {
    try (var all = Files.list(Path.of(Migrations.class.getResource("/db/migration").toURI()))) {
      return (int) all.count();
    } catch (IOException | URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void appliesOnceAndThenFindsNothingToDo() {
    try (var database = TestDatabase.empty()) {
      assertThat(Migrations.apply(database.url())).isEqualTo(ALL);
      assertThat(Migrations.apply(database.url())).isZero();
      assertThat(database.value("SELECT count(*) FROM department")).isEqualTo("1");
    }
  }

  @Test
  void letsTwoHubsStartAtTheSameTime() throws Exception {
    try (var database = TestDatabase.empty(); var pool = Executors.newFixedThreadPool(2)) {
      var first = pool.submit(() -> Migrations.apply(database.url()));
      var second = pool.submit(() -> Migrations.apply(database.url()));
      assertThat(first.get() + second.get()).isEqualTo(ALL);
    }
  }

  @Test
  void refusesADatabaseOfANewerVersionAndLeavesItAlone() {
    try (var database = TestDatabase.migrated()) {
      database.execute(
        """
        INSERT INTO flyway_schema_history (installed_rank, version, description, type, script, checksum,
          installed_by, execution_time, success)
        VALUES (99, '999', 'future', 'SQL', 'V999__future.sql', 1, 'somebody', 1, true)"""
      );
      assertThat(Migrations.newerThanCode(database.url()))
        .get()
        .satisfies(newer -> assertThat(newer.found()).isEqualTo("999"));
      assertThatThrownBy(() -> Migrations.apply(database.url())).isInstanceOf(
        NewerSchemaException.class
      );
    }
  }

  @Test
  void givesTheTablesToTheMigratorAndNotToTheSuperuser() {
    try (var database = TestDatabase.migrated()) {
      assertThat(
        database.value("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
      ).isEqualTo("migrator");
    }
  }

  @Test
  void worksForAPlainOwnerWhoMayNotCreateRoles() {
    try (var database = TestDatabase.empty()) {
      database.execute("CREATE ROLE plain LOGIN PASSWORD 'plain'");
      database.execute("ALTER DATABASE " + database.url().name() + " OWNER TO plain");
      assertThat(Migrations.apply(database.urlAs("plain", "plain"))).isEqualTo(ALL);
      assertThat(
        database.value("SELECT tableowner FROM pg_tables WHERE tablename = 'message'")
      ).isEqualTo("plain");
      assertThat(Migrations.apply(database.urlAs("plain", "plain"))).isZero();
    }
  }

  @Test
  void saysWhichDatabaseCanNotBeReachedWithoutItsPassword() {
    var url = DatabaseUrl.parse("postgresql://me:sesame@localhost:1/none");
    assertThatThrownBy(() -> Migrations.apply(url))
      .isInstanceOf(DatabaseUnreachableException.class)
      .hasMessageContaining("localhost:1/none")
      .hasMessageNotContaining("sesame");
  }
}
