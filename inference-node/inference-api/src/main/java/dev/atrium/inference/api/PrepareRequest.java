package dev.atrium.inference.api;

import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * Asks a node to render and count a prompt, without computing anything yet.
 *
 * @param generationId the generation this prompt is for
 * @param attempt from 1; each node that a generation is tried on is another attempt
 * @param messages the conversation, oldest first
 * @param maxNewTokens the longest answer wanted, in tokens
 */
public record PrepareRequest(
  String generationId,
  int attempt,
  List<PromptMessage> messages,
  int maxNewTokens
) {
  /** The version of this contract. A node refuses to prepare for a protocol that it doesn't know. */
  public static final int PROTOCOL = 1;

  public PrepareRequest {
    Check.id("generationId", generationId);
    Check.attempt(attempt);
    messages = Check.list("messages", messages, 1, Limits.MESSAGES);
    if (
      messages
        .stream()
        .mapToLong(m -> m.content().length())
        .sum() >
      Limits.PROMPT_CHARS
    ) {
      throw new BadMessageException(
        "messages",
        "hold more than " + Limits.PROMPT_CHARS + " characters"
      );
    }
    Check.within("maxNewTokens", maxNewTokens, 1, Limits.TOKENS);
  }

  public JsonObject toJson() {
    return new JsonObject()
      .put("protocol", PROTOCOL)
      .put("generationId", generationId)
      .put("attempt", attempt)
      .put("messages", Json.array(messages, PromptMessage::toJson))
      .put("maxNewTokens", maxNewTokens);
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
      fields.int32("maxNewTokens")
    );
  }
}
