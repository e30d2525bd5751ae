package dev.atrium.hub.gateway.rest;

import io.vertx.core.json.JsonObject;

/**
 * A model that some node has loaded, as whoever starts and watches hubs sees it.
 *
 * @param kind {@code chat}, or {@code complete} for a model without a chat template
 */
public record HeardEngine(String node, String model, String kind) {
  private static final String CHAT = "chat";

  boolean canChat() {
    return kind.equals(CHAT);
  }

  /** What is in the way of chatting with it. */
  String whyNot() {
    return (
      node +
      " runs " +
      model +
      ", which " +
      (kind.equals("complete") ? "has no chat template" : "is for " + kind + " and can't chat")
    );
  }

  JsonObject toJson() {
    return new JsonObject().put("node", node).put("model", model).put("kind", kind);
  }
}
