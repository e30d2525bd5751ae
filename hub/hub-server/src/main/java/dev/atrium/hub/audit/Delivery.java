package dev.atrium.hub.audit;

import dev.atrium.audit.Anchor;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings checkpoints to one sink. Nothing is queued: what the sink does not have stands in the database. A
 * sink that is down is tried again after 1, 2, 4 … at most 60 s, which is said once, and its return too.
 */
final class Delivery {

  private static final long PAUSE_MS = 1_000;
  private static final long LONGEST_PAUSE_MS = 60_000;
  private static final Logger log = LoggerFactory.getLogger(Delivery.class);

  private final Vertx vertx;
  private final PgDelivery store;
  private final CheckpointSink sink;
  private final BooleanSupplier leads;
  private long pause = PAUSE_MS;
  private boolean stopped;

  Delivery(Vertx vertx, PgDelivery store, CheckpointSink sink, BooleanSupplier leads) {
    this.vertx = vertx;
    this.store = store;
    this.sink = sink;
    this.leads = leads;
  }

  void start() {
    vertx.setTimer(PAUSE_MS, _ -> turn());
  }

  void stop() {
    stopped = true;
  }

  private void turn() {
    if (stopped) {
      return;
    }
    if (!leads.getAsBoolean()) {
      start();
      return;
    }
    deliver().onComplete(
        more -> {
          if (pause > PAUSE_MS) {
            log.info("checkpoints of the audit log reach {} again", sink.name());
          }
          pause = PAUSE_MS;
          if (more) {
            turn();
          } else {
            start();
          }
        },
        failure -> {
          if (pause == PAUSE_MS) {
            log.warn(
              "checkpoints of the audit log don't reach {}, trying on: {}",
              sink.name(),
              failure.toString()
            );
          }
          pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
          vertx.setTimer(pause, _ -> turn());
        }
      );
  }

  /** One batch; whether there may be more. */
  Future<Boolean> deliver() {
    return store
      .next(sink.name())
      .compose(anchors ->
        anchors.isEmpty() ? Future.succeededFuture(false) : write(anchors).map(true)
      );
  }

  private Future<Void> write(List<Anchor> anchors) {
    long size = anchors.getLast().checkpoint().checkpoint().treeSize();
    return sink.write(anchors).compose(_ -> store.delivered(sink.name(), size));
  }
}
