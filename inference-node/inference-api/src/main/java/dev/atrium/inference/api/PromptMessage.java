package dev.atrium.inference.api;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One message of a prompt, as the model's chat template will see it.
 *
 * @param role {@code system}, {@code user}, {@code assistant} or {@code tool}
 * @param content plain text; never read as special tokens
 * @param toolCalls what the assistant wanted called with this message, in order
 * @param toolCallId which of the calls a tool's message is the result of
 */
public record PromptMessage(
  String role,
  String content,
  List<Call> toolCalls,
  Optional<String> toolCallId
) {
  private static final Set<String> ROLES = Set.of("system", "user", "assistant", "tool");

  /**
   * One call.
   *
   * @param id by which its result names it
   * @param arguments a JSON object, as text
   */
  public record Call(String id, String name, String arguments) {
    public Call {
      Check.id("id", id);
      Check.name("name", name);
      Check.text("arguments", arguments, Limits.CONTENT_CHARS);
    }

    JsonObject toJson() {
      return new JsonObject().put("id", id).put("name", name).put("arguments", arguments);
    }

    static Call fromJson(JsonObject json) {
      Fields fields = new Fields(json);
      return new Call(fields.string("id"), fields.string("name"), fields.string("arguments"));
    }
  }

  public PromptMessage {
    if (role == null || !ROLES.contains(role)) {
      throw new BadMessageException("role", "must be system, user, assistant or tool");
    }
    Check.text("content", content, Limits.CONTENT_CHARS);
    toolCalls = Check.list("toolCalls", toolCalls, 0, Limits.PARTS);
    toolCallId.ifPresent(id -> Check.id("toolCallId", id));
  }

  /** A message that is its content alone. */
  public PromptMessage(String role, String content) {
    this(role, content, List.of(), Optional.empty());
  }

  /** UTF-16 units of all of it that a prompt may be made of. */
  public int size() {
    return (
      content.length() +
      toolCalls
        .stream()
        .mapToInt(call -> call.arguments().length())
        .sum()
    );
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject().put("role", role).put("content", content);
    if (!toolCalls.isEmpty()) {
      json.put("toolCalls", Json.array(toolCalls, Call::toJson));
    }
    toolCallId.ifPresent(id -> json.put("toolCallId", id));
    return json;
  }

  /** @throws BadMessageException if it breaks the contract */
  public static PromptMessage fromJson(JsonObject json) {
    Fields fields = new Fields(json);
    return new PromptMessage(
      fields.string("role"),
      fields.string("content"),
      fields.optionalObjects("toolCalls", Limits.PARTS, Call::fromJson),
      fields.optionalString("toolCallId")
    );
  }
}
