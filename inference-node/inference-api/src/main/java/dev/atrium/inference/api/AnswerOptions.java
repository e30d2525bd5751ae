package dev.atrium.inference.api;

import io.vertx.core.json.JsonObject;
import java.util.Optional;

/**
 * What is wanted of an answer beside that it answers. Everything may be left out.
 *
 * @param format the form that it is bound to
 * @param tools what the model may call: a JSON list of objects as the model's chat template shows them
 *     to it, as text
 * @param thinking whether a model that can think before it answers shall; left to the model's template
 *     if nothing is said
 * @param parts whether deltas tell thought, answer and calls of tools apart
 */
public record AnswerOptions(
  OutputFormat format,
  Optional<String> tools,
  Optional<Boolean> thinking,
  boolean parts
) {
  /** Free text, as the model likes. */
  public static final AnswerOptions PLAIN = new AnswerOptions(
    OutputFormat.TEXT,
    Optional.empty(),
    Optional.empty(),
    false
  );

  public AnswerOptions {
    tools.ifPresent(text -> Check.text("tools", text, Limits.TOOLS_CHARS));
  }

  /** Bound to a form, else plain. */
  public static AnswerOptions of(OutputFormat format) {
    return new AnswerOptions(format, Optional.empty(), Optional.empty(), false);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    if (!format.equals(OutputFormat.TEXT)) {
      json.put("format", format.toJson());
    }
    tools.ifPresent(text -> json.put("tools", text));
    thinking.ifPresent(wanted -> json.put("thinking", wanted));
    return parts ? json.put("parts", true) : json;
  }

  /** @throws BadMessageException if it breaks the contract */
  public static AnswerOptions fromJson(JsonObject json) {
    Fields fields = new Fields(json);
    return new AnswerOptions(
      json.getValue("format") == null
        ? OutputFormat.TEXT
        : fields.nested("format", OutputFormat::fromJson),
      fields.optionalString("tools"),
      json.getValue("thinking") == null ? Optional.empty() : Optional.of(fields.bool("thinking")),
      json.getValue("parts") != null && fields.bool("parts")
    );
  }
}
