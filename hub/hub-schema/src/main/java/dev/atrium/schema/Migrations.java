package dev.atrium.schema;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import java.util.Properties;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a database to the schema of this version. Several processes may do so at once: Flyway's
 * advisory lock lets one work and the others find it done. Blocks the calling thread.
 */
public final class Migrations {

  private static final Logger log = LoggerFactory.getLogger(Migrations.class);
  private static final int OLDEST_SERVER = 18;

  /** Where the migrations of a database lie, and what makes its roles. */
  private enum Kind {
    MAIN("classpath:db/migration", "/db/roles.sql"),
    KEYS("classpath:db/keys/migration", "/db/keys/roles.sql");

    private final String location;
    private final String roles;

    Kind(String location, String roles) {
      this.location = location;
      this.roles = roles;
    }
  }

  private Migrations() {}

  /**
   * Creates the roles that are missing, as far as the user of the address may, and applies every
   * migration that is not there yet. Where the role {@code migrator} can be taken, the tables belong
   * to it and not to a superuser.
   *
   * @return how many migrations were applied
   * @throws NewerSchemaException if the database is of a newer version; nothing is changed then
   * @throws DatabaseUnreachableException if no connection can be had
   */
  public static int apply(DatabaseUrl url) {
    return apply(url, Kind.MAIN, "latest");
  }

  /** {@link #apply} as the release did whose last migration was this one; for tests of upgrades. */
  static int applyThrough(DatabaseUrl url, String version) {
    return apply(url, Kind.MAIN, version);
  }

  /** {@link #apply} for the database of the personal keys, which has migrations and a role of its own. */
  public static int applyKeys(DatabaseUrl url) {
    return apply(url, Kind.KEYS, "latest");
  }

  private static int apply(DatabaseUrl url, Kind kind, String target) {
    try (var connection = connect(url)) {
      requireServer(connection);
      newerThanCode(url, kind).ifPresent(newer -> {
          throw newer;
        });
      createRoles(connection, kind);
      var flyway = flyway(url, kind, runsAsMigrator(connection), target);
      var result = flyway.migrate();
      if (result.migrationsExecuted > 0) {
        log.info("schema of {} is now at {}", url, result.targetSchemaVersion);
      }
      return result.migrationsExecuted;
    } catch (SQLException e) {
      throw new IllegalStateException("migration of " + url + " failed: " + e.getMessage(), e);
    }
  }

  /** Present if the database holds a migration that this version does not know. Changes nothing. */
  public static Optional<NewerSchemaException> newerThanCode(DatabaseUrl url) {
    return newerThanCode(url, Kind.MAIN);
  }

  private static Optional<NewerSchemaException> newerThanCode(DatabaseUrl url, Kind kind) {
    var info = flyway(url, kind, false, "latest").info();
    var known = newest(info.all(), false);
    var found = newest(info.applied(), true);
    return found.compareTo(known) > 0
      ? Optional.of(new NewerSchemaException(found.getVersion(), known.getVersion()))
      : Optional.empty();
  }

  private static MigrationVersion newest(MigrationInfo[] all, boolean applied) {
    return Arrays.stream(all)
      .filter(m -> applied || m.getState().isResolved())
      .map(MigrationInfo::getVersion)
      .filter(v -> v != null)
      .max(Comparator.naturalOrder())
      .orElse(MigrationVersion.fromVersion("0"));
  }

  private static Flyway flyway(DatabaseUrl url, Kind kind, boolean asMigrator, String target) {
    var config = Flyway.configure(Migrations.class.getClassLoader())
      .dataSource(url.jdbc(), url.user(), url.password())
      .locations(kind.location)
      .target(target)
      .defaultSchema("public")
      .validateMigrationNaming(true)
      .cleanDisabled(true);
    return (asMigrator ? config.initSql("SET ROLE migrator") : config).load();
  }

  private static Connection connect(DatabaseUrl url) {
    var properties = new Properties();
    properties.setProperty("user", url.user());
    properties.setProperty("password", url.password());
    properties.setProperty("connectTimeout", "10");
    try {
      return DriverManager.getConnection(url.jdbc(), properties);
    } catch (SQLException e) {
      throw new DatabaseUnreachableException(url, e);
    }
  }

  private static void requireServer(Connection connection) throws SQLException {
    var version = connection.getMetaData().getDatabaseMajorVersion();
    if (version < OLDEST_SERVER) {
      throw new IllegalStateException(
        "PostgreSQL " + OLDEST_SERVER + " or later is needed, this server is " + version
      );
    }
  }

  private static void createRoles(Connection connection, Kind kind) throws SQLException {
    connection.setAutoCommit(false);
    try (var statement = connection.createStatement()) {
      statement.execute(resource(kind.roles));
      for (SQLWarning w = statement.getWarnings(); w != null; w = w.getNextWarning()) {
        log.info("{}", w.getMessage());
      }
      connection.commit();
    } catch (SQLException e) {
      connection.rollback();
      throw e;
    } finally {
      connection.setAutoCommit(true);
    }
  }

  /**
   * Whether to work as {@code migrator}: only if it can be taken, may create, and owns what is
   * already there (a database begun by a plain owner stays that owner's).
   */
  private static boolean runsAsMigrator(Connection connection) throws SQLException {
    var sql = """
      SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = 'migrator')
         AND coalesce((SELECT pg_has_role(current_user, oid, 'SET')
                              AND has_schema_privilege(oid, 'public', 'CREATE')
                       FROM pg_roles WHERE rolname = 'migrator'), false)
         AND coalesce((SELECT tableowner = 'migrator' FROM pg_tables
                       WHERE schemaname = 'public' AND tablename = 'flyway_schema_history'), true)
      """;
    try (var statement = connection.createStatement(); var rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getBoolean(1);
    }
  }

  private static String resource(String name) {
    try (var in = Migrations.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is not on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(name + " can't be read", e);
    }
  }
}
