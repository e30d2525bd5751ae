package dev.atrium.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.schema.DatabaseUrl;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgresServerTest {

  private static final Duration SOON = Duration.ofSeconds(60);

  private static final Path BUILT = new Installation(
    Path.of(System.getProperty("atrium.root"))
  ).postgres();

  @TempDir
  Path folder;

  private final Ports ports = new Ports(InetAddress.getLoopbackAddress());

  @Test
  void keepsItsDataEvenWhenAKilledLauncherLeftItRunning() throws Exception {
    try (DataFolder data = DataFolder.open(folder.resolve("data"))) {
      PostgresServer server = PostgresServer.prepare(BUILT, data, ports);
      Service orphan = start(data, server);
      Database database = new Database(url(data, server));
      database.create();
      database.create();
      execute(database.url(), "CREATE TABLE kept AS SELECT 42 AS answer");
      ProcessHandle left = orphan.process().orElseThrow();

      PostgresServer next = PostgresServer.prepare(BUILT, data, ports);
      assertThat(left.isAlive()).isFalse();
      Service service = start(data, next);
      execute(url(data, next), "SELECT answer / (answer - 41) FROM kept");
      service.stop();
      assertThat(data.postgres().resolve("postmaster.pid")).doesNotExist();
    }
  }

  @Test
  void refusesAWrongPassword() throws Exception {
    try (DataFolder data = DataFolder.open(folder.resolve("data"))) {
      PostgresServer server = PostgresServer.prepare(BUILT, data, ports);
      Service service = start(data, server);
      DatabaseUrl wrong = new DatabaseUrl("127.0.0.1", server.port(), "postgres", "atrium", "no");
      assertThatThrownBy(() -> new Database(wrong).requireReachable())
        .isInstanceOfSatisfying(LauncherException.class, e ->
          assertThat(e.exitCode()).isEqualTo(LauncherException.UNAVAILABLE)
        )
        .hasMessageContaining("can't be reached");
      service.stop();
    }
  }

  @Test
  void refusesTheFilesOfAnotherPostgres() throws Exception {
    try (DataFolder data = DataFolder.open(folder.resolve("data"))) {
      Files.createDirectories(data.postgres());
      Files.writeString(data.postgres().resolve("PG_VERSION"), "19\n");
      assertThatThrownBy(() -> PostgresServer.prepare(BUILT, data, ports))
        .isInstanceOfSatisfying(LauncherException.class, e ->
          assertThat(e.exitCode()).isEqualTo(LauncherException.CONFLICT)
        )
        .hasMessageContaining("PostgreSQL 19");
    }
  }

  private static Service start(DataFolder data, PostgresServer server) {
    Service.Surroundings around = new Service.Surroundings(
      new Tether(),
      data.pids(),
      new Console(new PrintStream(OutputStream.nullOutputStream())),
      data.logs(),
      RestartPolicy.DEFAULT,
      _ -> {}
    );
    Service service = new Service(PostgresServer.NAME, around, server::spec);
    service.start();
    service.awaitReady(SOON);
    return service;
  }

  private static DatabaseUrl url(DataFolder data, PostgresServer server) {
    return new DatabaseUrl(
      "127.0.0.1",
      server.port(),
      PostgresServer.ATRIUM,
      PostgresServer.ATRIUM,
      data.databasePassword()
    );
  }

  private static void execute(DatabaseUrl url, String sql) throws SQLException {
    try (
      Connection connection = DriverManager.getConnection(url.jdbc(), url.user(), url.password());
      var statement = connection.createStatement()
    ) {
      statement.execute(sql);
    }
  }
}
