package dev.atrium.stress.client;

import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * The connections that clients open, a few in each turn and in their order. Each takes this process a
 * third of a millisecond; thousands in one turn, as after a hub's death, would keep its only loop for
 * seconds from reading what hubs say to the others. Used on that loop.
 */
final class Dials {

  private static final int AT_ONCE = 16;
  private static final long TURN_MS = 10;

  private final Vertx vertx;
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private boolean turning;

  Dials(Vertx vertx) {
    this.vertx = vertx;
  }

  /** Begins now or in one of the next turns. */
  void add(Runnable dial) {
    waiting.add(dial);
    if (!turning) {
      turning = true;
      turn();
    }
  }

  private void turn() {
    for (int i = 0; i < AT_ONCE && !waiting.isEmpty(); i++) {
      waiting.remove().run();
    }
    // One more turn after the last dial, so that those that come meanwhile do not begin one each.
    vertx.setTimer(TURN_MS, _ -> {
      if (waiting.isEmpty()) {
        turning = false;
      } else {
        turn();
      }
    });
  }
}
