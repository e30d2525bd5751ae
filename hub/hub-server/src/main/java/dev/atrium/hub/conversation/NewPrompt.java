package dev.atrium.hub.conversation;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A prompt to be saved.
 *
 * @param clientMessageId made by the client; a second prompt with it is the same prompt
 * @param conversationId empty for a new conversation
 * @param parentId the message it follows; empty for the first of a conversation
 * @param model the model that will answer
 * @param text may be empty beside files
 */
public record NewPrompt(
  UUID userId,
  UUID clientMessageId,
  Optional<UUID> conversationId,
  Optional<UUID> parentId,
  String model,
  String text,
  List<FileText> files
) {
  public NewPrompt {
    files = List.copyOf(files);
  }

  /** One without files. */
  public NewPrompt(
    UUID userId,
    UUID clientMessageId,
    Optional<UUID> conversationId,
    Optional<UUID> parentId,
    String model,
    String text
  ) {
    this(userId, clientMessageId, conversationId, parentId, model, text, List.of());
  }

  /** Without the text: nothing that people write belongs into a log. */
  @Override
  public String toString() {
    return (
      "NewPrompt[" + clientMessageId + ", " + text.length() + " chars, " + files.size() + " files]"
    );
  }
}
