package dev.atrium.inference.api;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What a node has to tell one hub at a moment: events of any attempts, those of one attempt in their
 * order. When five hundred answers advance by a token in one step, a message for each would cost both
 * sides several times what is in it.
 */
public record EventBatch(List<GenerationEvent> events) {
  /** Most events of one message: that much is lost together, and sent on together. */
  public static final int MOST = 64;

  private static final String EVENTS = "events";

  public EventBatch {
    events = Check.list(EVENTS, events, 1, MOST);
  }

  public JsonObject toJson() {
    return new JsonObject().put(EVENTS, Json.array(events, GenerationEvent::toJson));
  }

  /**
   * Reads a batch, or an event that was sent by itself, as earlier versions did. An event that can't
   * be read takes no other with it: those may be somebody else's.
   *
   * @param unreadable hears why, for each event that is left out
   * @throws BadMessageException if it is neither
   */
  public static List<GenerationEvent> read(
    JsonObject json,
    Consumer<BadMessageException> unreadable
  ) {
    if (json != null && !json.containsKey(EVENTS)) {
      return List.of(GenerationEvent.fromJson(json));
    }
    List<GenerationEvent> read = new ArrayList<>();
    for (JsonObject event : new Fields(json).objects(EVENTS, MOST, event -> event)) {
      try {
        read.add(GenerationEvent.fromJson(event));
      } catch (BadMessageException e) {
        unreadable.accept(e);
      }
    }
    return read;
  }
}
