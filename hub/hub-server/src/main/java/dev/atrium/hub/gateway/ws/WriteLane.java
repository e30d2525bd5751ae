package dev.atrium.hub.gateway.ws;

import io.vertx.core.Context;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the sockets of one event loop are to do, handed over to it together. The frames of a model's
 * step come from another thread, one for each of hundreds of sockets within a moment; to call the loop
 * for each of them costs about as much as to write it. Keeps the order; safe for many threads. How
 * much waits is bounded by the outboxes.
 */
final class WriteLane {

  private static final Logger log = LoggerFactory.getLogger(WriteLane.class);

  private final Context loop;
  private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean called = new AtomicBoolean();

  WriteLane(Context loop) {
    this.loop = loop;
  }

  /** Has it done by the event loop soon; if it throws, that is logged and holds up no other. */
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
      try {
        task.run();
      } catch (RuntimeException e) {
        log.error("a socket could not be written to", e);
      }
    }
  }
}
