package dev.atrium.stress.client;

import dev.atrium.stress.figures.Histogram;
import io.vertx.core.Vertx;

/**
 * How late the clients' own event loop is: for as long a frame that has arrived may wait until a client
 * looks at it, and that is the driver's doing, not the hub's. A wish to be called comes due every ten
 * milliseconds; a loop that stands still is late for each that came due meanwhile. The loop's timers
 * are themselves up to a millisecond late.
 */
final class Lateness {

  private static final long PERIOD_MS = 10;
  private static final long PERIOD_NANOS = PERIOD_MS * 1_000_000;

  private final Histogram late;
  private long due;
  private volatile boolean ended;

  Lateness(Histogram late) {
    this.late = late;
  }

  /** Watches the event loop on which it is called. */
  void watch(Vertx vertx) {
    due = System.nanoTime() + PERIOD_NANOS;
    look(vertx);
  }

  /** What the loop is busy with from now on keeps no frame waiting. Any thread. */
  void end() {
    ended = true;
  }

  private void look(Vertx vertx) {
    long millis = Math.max(1, (due - System.nanoTime() + 999_999) / 1_000_000);
    vertx.setTimer(millis, _ -> {
      if (ended) {
        return;
      }
      for (long now = System.nanoTime(); due <= now; due += PERIOD_NANOS) {
        late.add((now - due) / 1_000);
      }
      look(vertx);
    });
  }
}
