package dev.atrium.hub.db;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.function.Function;

/**
 * The database. Every failure to reach it, to get a connection in time or to finish a statement in
 * time arrives as {@code AtriumException(DATABASE_UNAVAILABLE)}, which may be tried again; what a
 * transaction did is then undone, unless the connection was lost during the commit itself, when
 * nobody can say. Anything else is passed on as it was thrown.
 */
public interface Db {
  /**
   * Opens a pool, as the role {@code hub_app} if the user of the address may take it. Fails if the
   * database can't be reached.
   */
  static Future<Db> connect(Vertx vertx, DatabaseConfig config) {
    return PgDb.connect(vertx, config);
  }

  /**
   * Runs the work in one transaction (read committed): committed when its future succeeds, rolled
   * back when it fails.
   */
  <T> Future<T> inTransaction(Function<Tx, Future<T>> work);

  /**
   * Lends a connection without a transaction: for reading, or for one statement, which needs no BEGIN
   * and COMMIT around it. Each statement stands for itself.
   */
  <T> Future<T> read(Function<Tx, Future<T>> work);

  /** Succeeds if the database answers now. */
  Future<Void> ping();

  /** Closes the pool; what waits for a connection fails. */
  Future<Void> close();
}
