package dev.atrium.hub.generation;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.function.Supplier;

/** What an answer does while the database is away: it says so, and waits. */
final class DatabaseWait {

  private static final long RETRY_MS = 500;

  private final Vertx vertx;

  DatabaseWait(Vertx vertx) {
    this.vertx = vertx;
  }

  /** Repeats a step, which may be repeated, for as long as the database is away. */
  <T> T await(Generation g, Supplier<T> step) {
    while (true) {
      try {
        return step.get();
      } catch (AtriumException e) {
        if (e.code() != ErrorCode.DATABASE_UNAVAILABLE || g.leaving()) {
          throw e;
        }
        g.answer().stored(false);
        Future.await(vertx.timer(RETRY_MS));
        if (g.fenced()) {
          throw new FencedException(g.guard());
        }
      }
    }
  }
}
