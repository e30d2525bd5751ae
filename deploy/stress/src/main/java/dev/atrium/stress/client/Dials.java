package dev.atrium.stress.client;

import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The connections that clients open, a few at a time and in their order. Each takes this process a third
 * of a millisecond; thousands at once, as after a hub's death, would keep its only loop for seconds from
 * reading what hubs say to the others. Used on that loop.
 */
final class Dials {

  private static final int AT_ONCE = 64;
  /** A hub that stands still must not keep others from being reached. */
  private static final long PATIENCE_MS = 250;

  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private int underWay;

  /** Begins now or later. */
  void add(Supplier<Future<?>> dial) {
    waiting.add(() ->
      dial
        .get()
        .timeout(PATIENCE_MS, TimeUnit.MILLISECONDS)
        .onComplete(_ -> ended())
    );
    if (underWay < AT_ONCE) {
      underWay++;
      waiting.remove().run();
    }
  }

  private void ended() {
    Runnable next = waiting.poll();
    if (next == null) {
      underWay--;
    } else {
      next.run();
    }
  }
}
