package dev.atrium.inference;

import dev.atrium.engine.PromptOptions;
import dev.atrium.engine.grammar.OutputFormat;
import dev.atrium.engine.text.ChatMessage;
import dev.atrium.inference.api.AnswerOptions;
import dev.atrium.inference.api.BadMessageException;
import dev.atrium.inference.api.PromptMessage;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** What a hub asks to be prepared, in the engine's words. */
final class Prompts {

  private Prompts() {}

  /** @throws BadMessageException if the arguments of a call are not a JSON object */
  static ChatMessage message(PromptMessage message) {
    Map<String, Object> more = new HashMap<>();
    if (!message.toolCalls().isEmpty()) {
      more.put("tool_calls", message.toolCalls().stream().map(Prompts::call).toList());
    }
    message.toolCallId().ifPresent(id -> more.put("tool_call_id", id));
    return new ChatMessage(message.role(), message.content(), more);
  }

  private static Map<String, Object> call(PromptMessage.Call call) {
    Map<String, Object> arguments = read("messages", "holds a call without an object", () ->
      new JsonObject(call.arguments()).getMap()
    );
    return Map.of(
      "id",
      call.id(),
      "type",
      "function",
      "function",
      Map.of("name", call.name(), "arguments", arguments)
    );
  }

  /** @throws BadMessageException if the tools are not a JSON list of objects */
  static PromptOptions options(AnswerOptions asked) {
    List<Map<String, Object>> tools = new ArrayList<>();
    asked
      .tools()
      .ifPresent(text ->
        tools.addAll(read("options.tools", "is not a list of objects", () -> objects(text)))
      );
    return new PromptOptions(format(asked), tools, asked.thinking(), asked.parts());
  }

  private static List<Map<String, Object>> objects(String text) {
    JsonArray list = new JsonArray(text);
    List<Map<String, Object>> objects = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      objects.add(list.getJsonObject(i).getMap());
    }
    return objects;
  }

  private static <T> T read(String field, String otherwise, Supplier<T> reading) {
    try {
      return reading.get();
    } catch (DecodeException | ClassCastException | NullPointerException _) {
      throw new BadMessageException(field, otherwise);
    }
  }

  private static OutputFormat format(AnswerOptions asked) {
    return switch (asked.format().type()) {
      case TEXT -> OutputFormat.FREE;
      case JSON -> OutputFormat.JSON;
      case JSON_SCHEMA -> new OutputFormat.JsonSchema(asked.format().schema().orElseThrow());
    };
  }
}
