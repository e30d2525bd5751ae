package dev.atrium.schema.testing;

import dev.atrium.schema.DatabaseUrl;
import dev.atrium.schema.Migrations;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A database of its own on a real PostgreSQL, for one test class. The server is started once per
 * JVM (and stops with it); each database is a copy of a migrated template, which takes about 50 ms.
 */
public final class TestDatabase implements AutoCloseable {

  private static final String TEMPLATE = "atrium_template";
  private static final String KEYS_TEMPLATE = "atrium_keys_template";
  private static final AtomicInteger count = new AtomicInteger();

  private final DatabaseUrl url;

  private TestDatabase(DatabaseUrl url) {
    this.url = url;
  }

  /** A migrated database that holds only what the first migration put there. */
  public static TestDatabase migrated() {
    return create(" TEMPLATE " + Server.template().name());
  }

  /** A migrated database of personal keys with none in it. */
  public static TestDatabase keys() {
    return create(" TEMPLATE " + Server.keysTemplate().name());
  }

  /** A copy of this database as it is now. Whoever is connected to it is cut off and comes in again afterwards. */
  public TestDatabase copy() {
    execute(Server.ADMIN, "ALTER DATABASE " + url.name() + " ALLOW_CONNECTIONS false");
    try {
      execute(
        Server.ADMIN,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" +
        url.name() +
        "'"
      );
      return create(" TEMPLATE " + url.name());
    } finally {
      execute(Server.ADMIN, "ALTER DATABASE " + url.name() + " ALLOW_CONNECTIONS true");
    }
  }

  /** A database with nothing in it. */
  public static TestDatabase empty() {
    return create("");
  }

  private static TestDatabase create(String options) {
    var name = "test_" + count.incrementAndGet();
    execute(Server.ADMIN, "CREATE DATABASE " + name + options);
    return new TestDatabase(Server.ADMIN.withName(name));
  }

  /** The address, as the superuser of the server. */
  public DatabaseUrl url() {
    return url;
  }

  /** The address as another user, whose password the test has set. */
  public DatabaseUrl urlAs(String user, String password) {
    return new DatabaseUrl(url.host(), url.port(), url.name(), user, password);
  }

  /** A JDBC connection as the superuser; the caller closes it. */
  public Connection connect() throws SQLException {
    return DriverManager.getConnection(url.jdbc(), url.user(), url.password());
  }

  /** Runs statements as the superuser. */
  public void execute(String sql) {
    execute(url, sql);
  }

  /** The first column of the first row, as text; null if there is no row. */
  public String value(String sql) {
    try (
      var connection = connect();
      var statement = connection.createStatement();
      var rows = statement.executeQuery(sql)
    ) {
      return rows.next() ? rows.getString(1) : null;
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  private static void execute(DatabaseUrl where, String sql) {
    try (
      var connection = DriverManager.getConnection(where.jdbc(), where.user(), where.password());
      var statement = connection.createStatement()
    ) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** Drops the database, whoever is still connected. */
  @Override
  public void close() {
    execute(Server.ADMIN, "DROP DATABASE IF EXISTS " + url.name() + " WITH (FORCE)");
  }

  /** Started by the first use of it. */
  private static final class Server {

    static final DatabaseUrl ADMIN = start();
    private static DatabaseUrl template;
    private static DatabaseUrl keysTemplate;

    private static DatabaseUrl start() {
      try {
        // Nothing here has to survive a crash of the machine, so nothing waits for the disk.
        @SuppressWarnings("resource")
        var server = EmbeddedPostgres.builder()
          .setServerConfig("fsync", "off")
          .setServerConfig("synchronous_commit", "off")
          .setServerConfig("full_page_writes", "off")
          .setServerConfig("max_connections", "200")
          .start();
        return new DatabaseUrl("localhost", server.getPort(), "postgres", "postgres", "postgres");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    static synchronized DatabaseUrl template() {
      if (template == null) {
        execute(ADMIN, "CREATE DATABASE " + TEMPLATE);
        Migrations.apply(ADMIN.withName(TEMPLATE));
        template = ADMIN.withName(TEMPLATE);
      }
      return template;
    }

    static synchronized DatabaseUrl keysTemplate() {
      if (keysTemplate == null) {
        execute(ADMIN, "CREATE DATABASE " + KEYS_TEMPLATE);
        Migrations.applyKeys(ADMIN.withName(KEYS_TEMPLATE));
        keysTemplate = ADMIN.withName(KEYS_TEMPLATE);
      }
      return keysTemplate;
    }
  }
}
