package dev.atrium.inference;

import dev.atrium.inference.api.EventBatch;
import dev.atrium.inference.api.GenerationEvent;
import dev.atrium.inference.api.InferenceAddresses;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Sends events over the bus, all from one Vert.x context, since only messages of one context keep
 * their order. What has gathered for an owner by the time the context comes to it goes in one message;
 * nothing waits for more to come. How much can be on its way is bounded by the owners' allowances.
 */
final class BusEventSink implements EventSink {

  private record Letter(String owner, GenerationEvent event) {}

  private final Vertx vertx;
  private final Context context;
  private final Queue<Letter> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean called = new AtomicBoolean();

  BusEventSink(Vertx vertx) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
  }

  @Override
  public void send(String owner, GenerationEvent event) {
    waiting.add(new Letter(owner, event));
    if (called.compareAndSet(false, true)) {
      context.runOnContext(_ -> sendWaiting());
    }
  }

  private void sendWaiting() {
    // First: whoever adds from here on calls again.
    called.set(false);
    Map<String, List<GenerationEvent>> batches = new LinkedHashMap<>();
    for (Letter letter = waiting.poll(); letter != null; letter = waiting.poll()) {
      List<GenerationEvent> batch = batches.computeIfAbsent(letter.owner, _ -> new ArrayList<>());
      batch.add(letter.event);
      if (batch.size() == EventBatch.MOST) {
        send(letter.owner, batches.remove(letter.owner));
      }
    }
    batches.forEach(this::send);
  }

  private void send(String owner, List<GenerationEvent> batch) {
    vertx.eventBus().send(InferenceAddresses.hubEvents(owner), new EventBatch(batch).toJson());
  }
}
