package dev.atrium.hub.db;

import dev.atrium.schema.DatabaseUrl;
import java.time.Duration;

/**
 * How the hub uses its database.
 *
 * @param url the database
 * @param role whose rights connections take, if the user of the address may take them
 * @param poolSize most connections at once
 * @param maxWaiting most callers that wait for a connection; one more is refused at once
 * @param acquireTimeout longest wait for a connection
 * @param statementTimeout longest run of one statement, enforced by the server
 */
public record DatabaseConfig(
  DatabaseUrl url,
  String role,
  int poolSize,
  int maxWaiting,
  Duration acquireTimeout,
  Duration statementTimeout
) {
  public DatabaseConfig {
    if (poolSize < 1 || maxWaiting < 1) {
      throw new IllegalArgumentException("poolSize and maxWaiting must be at least 1");
    }
    if (acquireTimeout.toMillis() < 1 || statementTimeout.toMillis() < 1) {
      throw new IllegalArgumentException("timeouts must be at least 1 ms");
    }
  }

  /** For one machine: 16 connections, 2,000 waiting, 5 s for a connection and for a statement. */
  public static DatabaseConfig defaults(DatabaseUrl url) {
    return with(url, "hub_app", 16);
  }

  /** For the database of personal keys: 16 connections, since every transaction may ask it once. */
  public static DatabaseConfig keys(DatabaseUrl url) {
    return with(url, "hub_keys", 16);
  }

  private static DatabaseConfig with(DatabaseUrl url, String role, int poolSize) {
    Duration limit = Duration.ofSeconds(5);
    return new DatabaseConfig(url, role, poolSize, 2_000, limit, limit);
  }
}
