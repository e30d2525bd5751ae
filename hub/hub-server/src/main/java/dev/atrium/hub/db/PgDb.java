package dev.atrium.hub.db;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxException;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.TransactionRollbackException;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@link Db} over the Vert.x client for PostgreSQL. */
final class PgDb implements Db {

  private static final Logger log = LoggerFactory.getLogger(PgDb.class);
  private static final String MAY_TAKE_ROLE = """
    SELECT coalesce((SELECT pg_has_role(current_user, oid, 'SET')
                            AND EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
                              AND c.relkind = 'r' AND has_table_privilege(r.oid, c.oid, 'SELECT'))
                     FROM pg_roles r WHERE rolname = $1), false)
    """;

  /**
   * A hub that hangs in the middle of a transaction keeps its rows locked, such as the budget that all
   * share, and every other hub waits with it: for less than its lease.
   */
  private static final String IDLE_IN_TRANSACTION_MS = "2000";

  private static final long LOG_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final AtomicLong lastLogged = new AtomicLong(System.nanoTime() - LOG_EVERY_NANOS);

  private final Vertx vertx;
  private final Pool pool;
  private final long acquireMillis;

  private PgDb(Vertx vertx, Pool pool, long acquireMillis) {
    this.vertx = vertx;
    this.pool = pool;
    this.acquireMillis = acquireMillis;
  }

  static Future<Db> connect(Vertx vertx, DatabaseConfig config) {
    var options = connectOptions(config);
    return PgConnection.connect(vertx, options)
      .compose(connection ->
        connection
          .preparedQuery(MAY_TAKE_ROLE)
          .execute(Tuple.of(config.role()))
          .map(rows -> rows.iterator().next().getBoolean(0))
          .eventually(connection::close)
      )
      .map(mayTakeRole -> {
        if (mayTakeRole) {
          options.addProperty("role", config.role());
        } else {
          log.warn(
            "{} can't take the role {}, working with its own rights",
            config.url(),
            config.role()
          );
        }
        Pool pool = PgBuilder.pool()
          .with(poolOptions(config))
          .connectingTo(options)
          .using(vertx)
          .build();
        return (Db) new PgDb(vertx, pool, config.acquireTimeout().toMillis());
      })
      .recover(PgDb::translate);
  }

  static PgConnectOptions connectOptions(DatabaseConfig config) {
    var url = config.url();
    var statementMillis = Long.toString(config.statementTimeout().toMillis());
    return new PgConnectOptions()
      .setHost(url.host())
      .setPort(url.port())
      .setDatabase(url.name())
      .setUser(url.user())
      .setPassword(url.password())
      // Statements are few and fixed, so each connection prepares each of them once.
      .setCachePreparedStatements(true)
      .setPreparedStatementCacheMaxSize(256)
      .setPipeliningLimit(64)
      .addProperty("application_name", "atrium-hub")
      .addProperty("search_path", "public")
      .addProperty("statement_timeout", statementMillis)
      .addProperty("lock_timeout", statementMillis)
      .addProperty("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION_MS);
  }

  private static PoolOptions poolOptions(DatabaseConfig config) {
    return new PoolOptions()
      .setMaxSize(config.poolSize())
      .setMaxWaitQueueSize(config.maxWaiting())
      // See lend: the pool's own limit loses connections.
      .setConnectionTimeout(0)
      .setIdleTimeout(10)
      .setIdleTimeoutUnit(TimeUnit.MINUTES);
  }

  @Override
  public <T> Future<T> inTransaction(Function<Tx, Future<T>> work) {
    return read(tx ->
      tx
        .sql()
        .begin()
        .compose(transaction ->
          Future.succeededFuture(tx)
            .compose(work)
            .compose(
              result -> transaction.commit().map(result),
              failure -> transaction.rollback().transform(_ -> Future.<T>failedFuture(failure))
            )
        )
    );
  }

  @Override
  public <T> Future<T> read(Function<Tx, Future<T>> work) {
    return lend()
      // Whatever keeps the pool from lending one (too long a wait, a full queue, closed): it has no
      // type of its own, and no work has begun.
      .recover(PgDb::unavailable)
      .compose(connection ->
        Future.succeededFuture(new Tx(connection)).compose(work).eventually(connection::close)
      )
      .recover(PgDb::translate);
  }

  /**
   * A connection, unless it takes too long. With Vert.x 5.0.7 a connection that the pool lends at the
   * moment when its own time limit passes is lost for ever (vertx-sql-client#1567); after a few crowded
   * moments a hub had none left.
   */
  private Future<SqlConnection> lend() {
    Promise<SqlConnection> lent = Promise.promise();
    long timer = vertx.setTimer(acquireMillis, _ ->
      lent.tryFail(new TimeoutException("no connection within " + acquireMillis + " ms"))
    );
    pool
      .getConnection()
      .onComplete(result -> {
        vertx.cancelTimer(timer);
        if (result.failed()) {
          lent.tryFail(result.cause());
        } else if (!lent.tryComplete(result.result())) {
          // Nobody waits for it any more.
          var _ = result.result().close();
        }
      });
    return lent.future();
  }

  @Override
  public Future<Void> ping() {
    return read(tx -> tx.sql().query("SELECT 1").execute().mapEmpty());
  }

  @Override
  public Future<Void> close() {
    return pool.close();
  }

  private static <T> Future<T> translate(Throwable failure) {
    return isUnavailable(failure) ? unavailable(failure) : Future.failedFuture(failure);
  }

  private static <T> Future<T> unavailable(Throwable failure) {
    var now = System.nanoTime();
    var last = lastLogged.get();
    // In an outage every call fails alike; one line a second tells it.
    if (now - last > LOG_EVERY_NANOS && lastLogged.compareAndSet(last, now)) {
      log.warn("the database is not available: {}", failure.toString());
    }
    return Future.failedFuture(
      new AtriumException(ErrorCode.DATABASE_UNAVAILABLE, Map.of(), failure)
    );
  }

  private static boolean isUnavailable(Throwable failure) {
    return switch (failure) {
      case PgException e -> isUnavailable(e.getSqlState());
      case IOException _, TimeoutException _ -> true;
      case ClosedConnectionException _, TransactionRollbackException _ -> true;
      // The client's plain words for a connection that is gone; its subclasses are other things.
      case VertxException e -> e.getClass() == VertxException.class;
      default -> false;
    };
  }

  /** Connection lost, server starting or stopping, out of connections, timed out, deadlock. */
  private static boolean isUnavailable(String state) {
    return (
      state != null &&
      (state.startsWith("08") ||
        state.startsWith("53") ||
        state.startsWith("57") ||
        state.startsWith("40") ||
        state.equals("55P03") ||
        state.equals("25P03"))
    );
  }
}
