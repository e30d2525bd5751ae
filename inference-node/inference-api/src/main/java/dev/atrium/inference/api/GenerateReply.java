package dev.atrium.inference.api;

import io.vertx.core.json.JsonObject;

/**
 * What a node answers to a {@link GenerateRequest}; and to {@link Allow}, {@link Cancel},
 * {@link Replay} and {@link Ack} where they come as requests instead of one-way messages.
 */
public sealed interface GenerateReply {
  /** The node has it. */
  record Accepted() implements GenerateReply {
    @Override
    public JsonObject toJson() {
      return new JsonObject().put("ok", true);
    }
  }

  /** The node does not do it, and why. */
  record Refused(InferenceError error) implements GenerateReply {
    @Override
    public JsonObject toJson() {
      return Json.refusal(error);
    }
  }

  JsonObject toJson();

  /** @throws BadMessageException if it breaks the contract */
  static GenerateReply fromJson(JsonObject json) {
    Fields fields = new Fields(json);
    return fields.bool("ok")
      ? new Accepted()
      : new Refused(fields.nested("error", InferenceError::fromJson));
  }
}
