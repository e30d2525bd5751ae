package dev.atrium.inference.api;

import io.vertx.core.json.JsonObject;

/** What a piece of an answer is. All parts of an attempt's deltas in their order are the answer. */
public sealed interface AnswerPart {
  /** What the model thought before it answered; goes on where the last one stopped. */
  record Thought(String text) implements AnswerPart {
    public Thought {
      Check.text("text", text, Limits.DELTA_CHARS);
    }

    @Override
    public JsonObject toJson() {
      return new JsonObject().put("type", "thought").put("text", text);
    }
  }

  /** What it said; goes on where the last one stopped. */
  record Answer(String text) implements AnswerPart {
    public Answer {
      Check.text("text", text, Limits.DELTA_CHARS);
    }

    @Override
    public JsonObject toJson() {
      return new JsonObject().put("type", "answer").put("text", text);
    }
  }

  /**
   * A tool that it wants called, whole.
   *
   * @param arguments a JSON object, as text
   */
  record ToolCall(String name, String arguments) implements AnswerPart {
    public ToolCall {
      Check.name("name", name);
      Check.text("arguments", arguments, Limits.DELTA_CHARS);
    }

    @Override
    public JsonObject toJson() {
      return new JsonObject()
        .put("type", "tool_call")
        .put("name", name)
        .put("arguments", arguments);
    }
  }

  JsonObject toJson();

  /** @throws BadMessageException if it breaks the contract */
  static AnswerPart fromJson(JsonObject json) {
    Fields fields = new Fields(json);
    return switch (fields.string("type")) {
      case "thought" -> new Thought(fields.string("text"));
      case "answer" -> new Answer(fields.string("text"));
      case "tool_call" -> new ToolCall(fields.string("name"), fields.string("arguments"));
      default -> throw new BadMessageException("type", "must be thought, answer or tool_call");
    };
  }
}
