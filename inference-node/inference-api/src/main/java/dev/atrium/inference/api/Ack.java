package dev.atrium.inference.api;

import io.vertx.core.json.JsonObject;

/**
 * The owner has made the events up to {@code durableSeq} durable: the node may forget them. An
 * attempt whose last event is covered is forgotten altogether. Cumulative and repeatable.
 *
 * @param generationId which generation
 * @param attempt which attempt of it
 * @param durableSeq the last event that is safe, 0 for none
 */
public record Ack(String generationId, int attempt, long durableSeq) {
  public Ack {
    Check.id("generationId", generationId);
    Check.attempt(attempt);
    Check.within("durableSeq", durableSeq, 0, Long.MAX_VALUE);
  }

  public JsonObject toJson() {
    return new JsonObject()
      .put("generationId", generationId)
      .put("attempt", attempt)
      .put("durableSeq", durableSeq);
  }

  /** @throws BadMessageException if it breaks the contract */
  public static Ack fromJson(JsonObject json) {
    Fields fields = new Fields(json);
    return new Ack(
      fields.string("generationId"),
      fields.int32("attempt"),
      fields.integer("durableSeq")
    );
  }
}
