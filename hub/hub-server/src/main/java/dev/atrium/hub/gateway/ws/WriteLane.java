package dev.atrium.hub.gateway.ws;

import io.vertx.core.Context;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What the sockets of one event loop are to do, handed over to it together. The frames of a model's
 * step come from another thread, one for each of hundreds of sockets within a moment; to call the loop
 * for each of them costs about as much as to write it. Keeps the order; safe for many threads. How
 * much waits is bounded by the outboxes.
 */
final class WriteLane {

  private final Context loop;
  private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean called = new AtomicBoolean();

  WriteLane(Context loop) {
    this.loop = loop;
  }

  /** Has it done by the event loop soon; it must not throw. */
  void add(Runnable task) {
    waiting.add(task);
    if (called.compareAndSet(false, true)) {
      loop.runOnContext(_ -> run());
    }
  }

  private void run() {
    // Before the queue is emptied: whatever is added from here on calls again.
    called.set(false);
    for (Runnable task = waiting.poll(); task != null; task = waiting.poll()) {
      task.run();
    }
  }
}
