package dev.atrium.inference;

import dev.atrium.inference.api.GenerationEvent;
import dev.atrium.inference.api.InferenceAddresses;
import io.vertx.core.Context;
import io.vertx.core.Vertx;

/**
 * Sends events over the bus, all from one Vert.x context, since only messages of one context keep
 * their order. How much can be on its way is bounded by the owners' allowances.
 */
final class BusEventSink implements EventSink {

  private final Vertx vertx;
  private final Context context;

  BusEventSink(Vertx vertx) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
  }

  @Override
  public void send(String owner, GenerationEvent event) {
    context.runOnContext(_ ->
      vertx.eventBus().send(InferenceAddresses.hubEvents(owner), event.toJson())
    );
  }
}
