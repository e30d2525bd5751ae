package dev.atrium.inference.api;

import io.vertx.core.json.JsonObject;
import java.util.Optional;

/**
 * Asks for the events of an attempt again, from one on to the latest. They come on the owner's event
 * address, numbered as they were. What was acknowledged is gone and can't be replayed.
 *
 * @param generationId which generation
 * @param attempt which attempt of it
 * @param fromSeq the first event wanted, from 1
 * @param owner a hub that adopts the generation with this: from now on it hears the events
 */
public record Replay(String generationId, int attempt, long fromSeq, Optional<String> owner) {
  public Replay {
    Check.id("generationId", generationId);
    Check.attempt(attempt);
    Check.seq("fromSeq", fromSeq);
    owner.ifPresent(hub -> Check.id("owner", hub));
  }

  /** A replay to the present owner. */
  public Replay(String generationId, int attempt, long fromSeq) {
    this(generationId, attempt, fromSeq, Optional.empty());
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject()
      .put("generationId", generationId)
      .put("attempt", attempt)
      .put("fromSeq", fromSeq);
    owner.ifPresent(hub -> json.put("owner", hub));
    return json;
  }

  /** @throws BadMessageException if it breaks the contract */
  public static Replay fromJson(JsonObject json) {
    Fields fields = new Fields(json);
    return new Replay(
      fields.string("generationId"),
      fields.int32("attempt"),
      fields.integer("fromSeq"),
      fields.optionalString("owner")
    );
  }
}
