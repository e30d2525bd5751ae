package dev.atrium.hub.conversation;

import dev.atrium.api.FileView;
import java.util.List;
import java.util.UUID;

/**
 * What was saved.
 *
 * @param userMessageId the prompt
 * @param answerId the answer to come, a pending message
 * @param generationId of a new prompt: the id under which the caller must add its generation, with
 *     {@code message_id = answerId}, in the same transaction; of a repeat: the one that is there
 * @param epoch of a repeat, the generation's; else 1
 * @param repeated true if this prompt had been saved before, so that nothing was written now
 * @param newConversation true if the conversation was made for it now
 * @param files those of a prompt; none of a retry
 */
public record SavedPrompt(
  UUID conversationId,
  String title,
  UUID userMessageId,
  UUID answerId,
  UUID generationId,
  int epoch,
  boolean repeated,
  boolean newConversation,
  List<FileView> files
) {
  public SavedPrompt {
    files = List.copyOf(files);
  }

  /** Without the title, which is made of what somebody wrote. */
  @Override
  public String toString() {
    return "SavedPrompt[" + conversationId + ", generation " + generationId + "]";
  }
}
