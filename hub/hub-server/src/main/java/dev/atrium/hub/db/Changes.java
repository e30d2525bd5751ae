package dev.atrium.hub.db;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.pubsub.PgSubscriber;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells when something was changed that hubs must hear of: users, departments, models, rules. The
 * counter in the database is asked every 500 ms and is the truth; a NOTIFY only makes it asked at
 * once. Without the database nothing is told, and what was missed is told when it is back.
 */
public final class Changes {

  /** Who changed is known for the last 10,000 versions (V010); at the start nothing is. */
  private static final String ASK = """
    SELECT version, $1 BETWEEN greatest(0, version - 10000) AND version AS known,
      ARRAY(SELECT DISTINCT user_id FROM changed_person WHERE version > $1) AS people
    FROM change_counter
    """;
  private static final long POLL_MS = 500;
  private static final long RECONNECT_MS = 1_000;
  private static final Logger log = LoggerFactory.getLogger(Changes.class);

  private final Vertx vertx;
  private final Db db;
  private final PgSubscriber hints;
  private final List<Function<Changed, Future<Void>>> listeners = new CopyOnWriteArrayList<>();
  private long timer = -1;
  private long version = -1;
  private boolean asking;
  private boolean askAgain;

  private Changes(Vertx vertx, Db db, PgSubscriber hints) {
    this.vertx = vertx;
    this.db = db;
    this.hints = hints;
  }

  /** Ready to be listened to; nothing is asked before {@link #start}. */
  public static Changes of(Vertx vertx, Db db, DatabaseConfig config) {
    PgSubscriber hints = PgSubscriber.subscriber(vertx, PgDb.connectOptions(config));
    return new Changes(vertx, db, hints);
  }

  /**
   * Adds somebody who reads anew whatever may have changed. Called after each change, one listener
   * after the other in the order in which they were added; if one fails, all are called again soon.
   */
  public void onChange(Function<Changed, Future<Void>> listener) {
    listeners.add(listener);
  }

  /** Begins, with a first round of all listeners; fails if one of them does. */
  public Future<Void> start() {
    hints.reconnectPolicy(_ -> RECONNECT_MS);
    hints.channel("atrium_changes").handler(_ -> ask());
    // Only hints: a hub begins without them.
    hints.connect().onFailure(e -> log.warn("no hints of changes, only polling: {}", e.toString()));
    return round().onSuccess(_ -> timer = vertx.setPeriodic(POLL_MS, _ -> ask()));
  }

  /** Asks and tells no more. */
  public Future<Void> stop() {
    vertx.cancelTimer(timer);
    return hints.close();
  }

  /** One question at a time; a hint that comes meanwhile is one more afterwards. */
  private void ask() {
    synchronized (this) {
      if (asking) {
        askAgain = true;
        return;
      }
      asking = true;
    }
    round()
      .onFailure(e -> log.debug("changes not heard now: {}", e.toString()))
      .onComplete(_ -> {
        boolean again;
        synchronized (this) {
          asking = false;
          again = askAgain;
          askAgain = false;
        }
        if (again) {
          ask();
        }
      });
  }

  private Future<Void> round() {
    return db
      .read(tx -> tx.sql().preparedQuery(ASK).execute(Tuple.of(version)))
      .compose(rows -> {
        Row row = rows.iterator().next();
        long now = row.getLong("version");
        if (now == version) {
          return Future.succeededFuture();
        }
        Changed changed = new Changed(
          row.getBoolean("known")
            ? Optional.of(Set.of(row.getArrayOfUUIDs("people")))
            : Optional.empty()
        );
        Future<Void> told = Future.succeededFuture();
        for (Function<Changed, Future<Void>> listener : listeners) {
          told = told.compose(_ -> listener.apply(changed));
        }
        return told.onSuccess(_ -> version = now);
      });
  }
}
