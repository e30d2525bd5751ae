package dev.atrium.inference.api;

import io.vertx.core.json.JsonObject;

/**
 * Ends an attempt within one step; its events end with finished, reason cancelled. Repeatable.
 *
 * @param generationId which generation
 * @param attempt which attempt of it
 */
public record Cancel(String generationId, int attempt) {
  public Cancel {
    Check.id("generationId", generationId);
    Check.attempt(attempt);
  }

  public JsonObject toJson() {
    return new JsonObject().put("generationId", generationId).put("attempt", attempt);
  }

  /** @throws BadMessageException if it breaks the contract */
  public static Cancel fromJson(JsonObject json) {
    Fields fields = new Fields(json);
    return new Cancel(fields.string("generationId"), fields.int32("attempt"));
  }
}
