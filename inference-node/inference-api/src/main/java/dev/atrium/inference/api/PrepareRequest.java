package dev.atrium.inference.api;

import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * Asks a node to render and count a prompt, without computing anything yet.
 *
 * @param generationId the generation this prompt is for
 * @param attempt from 1; each node that a generation is tried on is another attempt
 * @param messages the conversation, oldest first
 * @param published how many of the messages, from the first on, the organisation has published to all
 *     who may use the model: their part of the prompt may be computed once for everybody
 * @param maxNewTokens the longest answer wanted, in tokens
 * @param options what else is wanted of the answer; nothing if they are left out
 */
public record PrepareRequest(
  String generationId,
  int attempt,
  List<PromptMessage> messages,
  int published,
  int maxNewTokens,
  AnswerOptions options
) {
  /** The version of this contract. A node refuses to prepare for a protocol that it doesn't know. */
  public static final int PROTOCOL = 1;

  public PrepareRequest {
    Check.id("generationId", generationId);
    Check.attempt(attempt);
    messages = Check.list("messages", messages, 1, Limits.MESSAGES);
    if (messages.stream().mapToLong(PromptMessage::size).sum() > Limits.PROMPT_CHARS) {
      throw new BadMessageException(
        "messages",
        "hold more than " + Limits.PROMPT_CHARS + " characters"
      );
    }
    Check.within("published", published, 0, messages.size());
    Check.within("maxNewTokens", maxNewTokens, 1, Limits.TOKENS);
  }

  /** With nothing in it that was published, and nothing else wanted of the answer. */
  public PrepareRequest(
    String generationId,
    int attempt,
    List<PromptMessage> messages,
    int maxNewTokens
  ) {
    this(generationId, attempt, messages, 0, maxNewTokens, AnswerOptions.PLAIN);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject()
      .put("protocol", PROTOCOL)
      .put("generationId", generationId)
      .put("attempt", attempt)
      .put("messages", Json.array(messages, PromptMessage::toJson));
    if (published > 0) {
      json.put("published", published);
    }
    json.put("maxNewTokens", maxNewTokens);
    return options.equals(AnswerOptions.PLAIN) ? json : json.put("options", options.toJson());
  }

  /** @throws BadMessageException if it breaks the contract or speaks another protocol */
  public static PrepareRequest fromJson(JsonObject json) {
    Fields fields = new Fields(json);
    if (fields.int32("protocol") != PROTOCOL) {
      throw new BadMessageException("protocol", "must be " + PROTOCOL);
    }
    return new PrepareRequest(
      fields.string("generationId"),
      fields.int32("attempt"),
      fields.objects("messages", Limits.MESSAGES, PromptMessage::fromJson),
      fields.optionalInt("published").orElse(0),
      fields.int32("maxNewTokens"),
      json.getValue("options") == null
        ? AnswerOptions.PLAIN
        : fields.nested("options", AnswerOptions::fromJson)
    );
  }
}
