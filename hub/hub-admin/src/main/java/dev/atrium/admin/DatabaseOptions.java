package dev.atrium.admin;

import dev.atrium.keys.Kms;
import dev.atrium.schema.DatabaseUrl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import picocli.CommandLine.Option;

/**
 * Which database a command talks to: the one that {@code ATRIUM_DATABASE_URL} names, else the embedded
 * one of the data folder. To be mixed into commands that need one.
 */
final class DatabaseOptions {

  static final String URL = "ATRIUM_DATABASE_URL";
  private static final String MASTER_KEY_FILE = "ATRIUM_MASTER_KEY_FILE";

  private static final String OWNER = """
    SELECT tableowner = 'migrator' AND pg_has_role(current_user, 'migrator', 'SET')
    FROM pg_tables WHERE schemaname = 'public' AND tablename = 'flyway_schema_history'
      AND EXISTS (SELECT FROM pg_roles WHERE rolname = 'migrator')
    """;

  @Option(
    names = "--data",
    paramLabel = "DIR",
    description = "Data folder of `deploy/atrium up`, whose database is used unless ATRIUM_DATABASE_URL names another (default: .atrium in the repository)."
  )
  Path data;

  Map<String, String> environment = Map.of();

  /**
   * A connection with the rights of whoever owns the tables, if the user of the address may take them;
   * else with that user's own. The caller closes it.
   *
   * @throws AdminException if the database can't be reached or holds no Atrium
   */
  Connection connect() {
    DatabaseUrl url = url();
    Properties properties = new Properties();
    properties.setProperty("user", url.user());
    properties.setProperty("password", url.password());
    properties.setProperty("connectTimeout", "10");
    properties.setProperty("ApplicationName", "atrium-admin");
    try {
      Connection connection = DriverManager.getConnection(url.jdbc(), properties);
      try {
        takeRole(connection, url);
        return connection;
      } catch (SQLException | RuntimeException e) {
        connection.close();
        throw e;
      }
    } catch (SQLException e) {
      throw new AdminException(
        AdminException.UNAVAILABLE,
        "The database " + url + " can't be reached: " + e.getMessage(),
        e
      );
    }
  }

  private static void takeRole(Connection connection, DatabaseUrl url) throws SQLException {
    try (var statement = connection.createStatement(); var rows = statement.executeQuery(OWNER)) {
      if (!rows.next()) {
        throw new AdminException(
          AdminException.CONFLICT,
          "The database " + url + " holds no Atrium yet: a hub makes its tables at its first start."
        );
      }
      if (rows.getBoolean(1)) {
        statement.execute("SET ROLE migrator");
      }
    }
  }

  /** The one that {@code ATRIUM_MASTER_KEY_FILE} names, else the one of the data folder. */
  Path masterKeyFile() {
    String given = environment.get(MASTER_KEY_FILE);
    return given == null || given.isBlank()
      ? (data == null ? usual() : data).resolve("keys/master.key")
      : Path.of(given.strip());
  }

  /** The service that encrypts that file, if the environment names one. */
  Optional<Kms> kms() {
    try {
      return Kms.fromEnvironment(environment);
    } catch (IllegalArgumentException e) {
      throw new AdminException(AdminException.USAGE, e.getMessage(), e);
    }
  }

  private DatabaseUrl url() {
    String given = environment.get(URL);
    if (given != null && !given.isBlank()) {
      try {
        return DatabaseUrl.parse(given);
      } catch (IllegalArgumentException e) {
        throw new AdminException(AdminException.USAGE, URL + ": " + e.getMessage(), e);
      }
    }
    return embedded(data == null ? usual() : data);
  }

  /** The data folder where none is named. */
  static Path usual() {
    String root = System.getProperty("atrium.root");
    if (root == null) {
      throw new AdminException(AdminException.USAGE, "Start this through deploy/atrium.");
    }
    return Path.of(root, ".atrium");
  }

  /** The launcher keeps port and password of the embedded database beside it. */
  private static DatabaseUrl embedded(Path folder) {
    try {
      int port = Integer.parseInt(Files.readString(folder.resolve("postgres.port")).strip());
      String password = Files.readString(folder.resolve("keys/postgres.password"))
        .strip()
        .replace('+', '-')
        .replace('/', '_');
      return new DatabaseUrl("127.0.0.1", port, "atrium", "atrium", password);
    } catch (IOException | IllegalArgumentException e) {
      throw new AdminException(
        AdminException.UNAVAILABLE,
        "There is no database of `deploy/atrium up` in " +
        folder +
        ". Name another folder with --data, or set " +
        URL +
        ".",
        e
      );
    }
  }
}
