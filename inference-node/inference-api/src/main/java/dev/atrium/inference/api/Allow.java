package dev.atrium.inference.api;

import io.vertx.core.json.JsonObject;

/**
 * How far a generation may go: budget and credit at once. Cumulative, so that a lost or repeated one
 * does no harm; a smaller one than before changes nothing. It is also the owner's sign of life: a
 * node aborts what has heard nothing for {@link #OWNER_SILENCE_MS}.
 *
 * @param generationId which generation
 * @param attempt which attempt of it
 * @param throughToken the last token that may be decoded, counted from 1 over the whole answer
 */
public record Allow(String generationId, int attempt, int throughToken) {
  /** After this long without any word from the owner an attempt is aborted, in milliseconds. */
  public static final long OWNER_SILENCE_MS = 15_000;

  /** How often an owner repeats its latest allowance, in milliseconds. */
  public static final long REPEAT_MS = 5_000;

  public Allow {
    Check.id("generationId", generationId);
    Check.attempt(attempt);
    Check.tokens("throughToken", throughToken);
  }

  public JsonObject toJson() {
    return new JsonObject()
      .put("generationId", generationId)
      .put("attempt", attempt)
      .put("throughToken", throughToken);
  }

  /** @throws BadMessageException if it breaks the contract */
  public static Allow fromJson(JsonObject json) {
    Fields fields = new Fields(json);
    return new Allow(
      fields.string("generationId"),
      fields.int32("attempt"),
      fields.int32("throughToken")
    );
  }
}
