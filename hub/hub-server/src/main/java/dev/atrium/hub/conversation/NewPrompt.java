package dev.atrium.hub.conversation;

import java.util.Optional;
import java.util.UUID;

/**
 * A prompt to be saved.
 *
 * @param clientMessageId made by the client; a second prompt with it is the same prompt
 * @param conversationId empty for a new conversation
 * @param parentId the message it follows; empty for the first of a conversation
 * @param model the model that will answer
 */
public record NewPrompt(
  UUID userId,
  UUID clientMessageId,
  Optional<UUID> conversationId,
  Optional<UUID> parentId,
  String model,
  String text
) {
  /** Without the text: nothing that people write belongs into a log. */
  @Override
  public String toString() {
    return "NewPrompt[" + clientMessageId + ", " + text.length() + " chars]";
  }
}
