package dev.atrium.engine.reply;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.atrium.engine.reply.ReplyPart.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads calls of tools as models write them; what is none is said to be none, never guessed at. */
final class ToolCalls {

  private static final int NAME_CHARS = 200;
  private static final ObjectMapper JSON = JsonMapper.builder()
    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
    // Numbers stay as they were written.
    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
    .nodeFactory(JsonNodeFactory.withExactBigDecimals(true))
    .build();

  private ToolCalls() {}

  /** One object, or a list of them; none if it is anything else. */
  static Optional<List<ToolCall>> read(String text) {
    Optional<JsonNode> json = parse(text);
    if (json.isEmpty()) {
      return Optional.empty();
    }
    List<ToolCall> calls = new ArrayList<>();
    Iterable<JsonNode> items = json.get().isArray() ? json.get() : List.of(json.get());
    for (JsonNode item : items) {
      JsonNode arguments = item.has("arguments") ? item.get("arguments") : item.path("parameters");
      Optional<ToolCall> call = call(item.path("name").asText(""), arguments);
      if (call.isEmpty()) {
        return Optional.empty();
      }
      calls.add(call.get());
    }
    return calls.isEmpty() ? Optional.empty() : Optional.of(calls);
  }

  /** A name and, apart from it, its arguments. */
  static Optional<ToolCall> read(String name, String arguments) {
    return parse(arguments).flatMap(json -> call(name, json));
  }

  private static Optional<ToolCall> call(String name, JsonNode arguments) {
    if (name.isBlank() || name.length() > NAME_CHARS) {
      return Optional.empty();
    }
    // Some write the object as text in a text.
    Optional<JsonNode> object = arguments.isTextual()
      ? parse(arguments.asText())
      : Optional.of(arguments);
    return object
      .filter(JsonNode::isObject)
      .map(node -> new ToolCall(name.strip(), node.toString()));
  }

  private static Optional<JsonNode> parse(String text) {
    try {
      return Optional.ofNullable(JSON.readTree(text)).filter(node -> !node.isMissingNode());
    } catch (JsonProcessingException _) {
      return Optional.empty();
    }
  }
}
