package dev.atrium.launcher;

import dev.atrium.schema.DatabaseUrl;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Properties;

/** The few questions the launcher has for the database itself. Blocks the calling thread. */
final class Database {

  /** SQLSTATE of CREATE DATABASE when it exists. */
  private static final String DUPLICATE_DATABASE = "42P04";

  private final DatabaseUrl url;

  Database(DatabaseUrl url) {
    this.url = url;
  }

  DatabaseUrl url() {
    return url;
  }

  /** Refuses with a sentence when the server can't be reached or does not let us in. */
  void requireReachable() {
    try (Connection connection = connect(url)) {
      connection.isValid(5);
    } catch (SQLException e) {
      throw new LauncherException(
        LauncherException.UNAVAILABLE,
        "The database " + url + " can't be reached: " + e.getMessage(),
        e
      );
    }
  }

  /** Creates the database on its server if it is missing. */
  void create() {
    try (
      Connection connection = connect(url.withName("postgres"));
      var statement = connection.createStatement()
    ) {
      statement.execute("CREATE DATABASE \"" + url.name().replace("\"", "\"\"") + "\"");
    } catch (SQLException e) {
      if (!DUPLICATE_DATABASE.equals(e.getSQLState())) {
        throw new LauncherException(
          LauncherException.FAILED,
          "The database " + url + " can't be created: " + e.getMessage(),
          e
        );
      }
    }
  }

  /** The first administrator's name, as long as that administrator has never signed in. */
  Optional<String> administratorToWelcome() {
    String sql = """
      SELECT u.name, c.must_change AND c.last_used_at IS NULL AS waiting
      FROM app_user u
        JOIN user_role r ON r.user_id = u.id AND r.role = 'administrator'
        JOIN credential c ON c.user_id = u.id AND c.kind = 'password'
      ORDER BY u.created_at, u.id LIMIT 1
      """;
    try (
      Connection connection = connect(url);
      var statement = connection.createStatement();
      var rows = statement.executeQuery(sql)
    ) {
      return rows.next() && rows.getBoolean("waiting")
        ? Optional.of(rows.getString("name"))
        : Optional.empty();
    } catch (SQLException e) {
      throw new LauncherException(
        LauncherException.FAILED,
        "The first administrator can't be read from " + url + ": " + e.getMessage(),
        e
      );
    }
  }

  /**
   * Lets models that have no price cost nothing, those that are there and those that come, unless an
   * operator has decided about that already.
   */
  void letModelsBeFree() {
    String decide = "UPDATE organisation SET free_models = true WHERE free_models IS NULL";
    String price = """
      INSERT INTO price (model, input_per_million, cached_per_million, output_per_million, valid_from)
      SELECT m.name, 0, 0, 0, now() FROM model m
      WHERE NOT EXISTS (SELECT FROM price p WHERE p.model = m.name)
      """;
    try (Connection connection = connect(url); var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      if (statement.executeUpdate(decide) == 1) {
        statement.executeUpdate(price);
      }
      connection.commit();
    } catch (SQLException e) {
      throw new LauncherException(
        LauncherException.FAILED,
        "What models cost can't be decided in " + url + ": " + e.getMessage(),
        e
      );
    }
  }

  private static Connection connect(DatabaseUrl url) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", url.user());
    properties.setProperty("password", url.password());
    properties.setProperty("connectTimeout", "5");
    properties.setProperty("socketTimeout", "15");
    return DriverManager.getConnection(url.jdbc(), properties);
  }
}
