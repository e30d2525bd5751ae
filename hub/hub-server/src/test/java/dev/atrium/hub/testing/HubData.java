package dev.atrium.hub.testing;

import dev.atrium.hub.db.DatabaseConfig;
import dev.atrium.hub.db.Db;
import dev.atrium.schema.testing.TestDatabase;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A migrated database of its own, connected as a hub connects. */
public final class HubData implements AutoCloseable {

  public final TestDatabase database = TestDatabase.migrated();
  public final TestDatabase keysDatabase = TestDatabase.keys();
  public final Vertx vertx = Vertx.vertx();
  public final Db db = await(Db.connect(vertx, DatabaseConfig.defaults(database.url())));
  public final Db keysDb = await(Db.connect(vertx, DatabaseConfig.keys(keysDatabase.url())));

  /** Adds an employee to the root department. */
  public UUID user(String name) {
    return UUID.fromString(
      database.value(
        "INSERT INTO app_user (name, display_name, department_id) SELECT '" +
        name +
        "', 'Somebody', id FROM department WHERE parent_id IS NULL RETURNING id"
      )
    );
  }

  /** The root department. */
  public UUID department() {
    return UUID.fromString(database.value("SELECT id FROM department WHERE parent_id IS NULL"));
  }

  /** Waits at most 30 s; a failure is thrown as it is. */
  public static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The larger number under {@code -Plong}. */
  public static int count(int usual, int large) {
    return Boolean.getBoolean("atrium.long") ? large : usual;
  }

  @Override
  public void close() {
    await(db.close());
    await(keysDb.close());
    await(vertx.close());
    database.close();
    keysDatabase.close();
  }
}
