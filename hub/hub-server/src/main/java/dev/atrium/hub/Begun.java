package dev.atrium.hub;

import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a hub has begun so far. It is ended in the reverse order, by a hub that leaves and by one that
 * could not start: no timer may go on without the database that it asks.
 */
final class Begun {

  private static final Logger log = LoggerFactory.getLogger(Begun.class);

  private final Vertx vertx;
  private final Deque<Supplier<Future<Void>>> ends = new ConcurrentLinkedDeque<>();

  Begun(Vertx vertx) {
    this.vertx = vertx;
  }

  /** Something has begun, which this ends. */
  void add(Supplier<Future<Void>> end) {
    ends.push(end);
  }

  /** Deploys, until the end. */
  Future<Void> deploy(Supplier<? extends Deployable> verticle, DeploymentOptions options) {
    return vertx
      .deployVerticle(verticle, options)
      .onSuccess(id -> add(() -> vertx.undeploy(id)))
      .mapEmpty();
  }

  /** Ends everything; what can't be ended keeps nothing else from its end. */
  Future<Void> end() {
    Future<Void> ended = Future.succeededFuture();
    while (!ends.isEmpty()) {
      Supplier<Future<Void>> next = ends.pop();
      ended = ended.compose(_ -> next.get()).recover(Begun::goOn);
    }
    return ended;
  }

  private static Future<Void> goOn(Throwable failure) {
    log.warn("a part of the hub has not ended in order: {}", failure.toString());
    return Future.succeededFuture();
  }
}
