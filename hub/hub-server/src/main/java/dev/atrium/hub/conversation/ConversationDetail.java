package dev.atrium.hub.conversation;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** A conversation with all its messages, parents before children, siblings by age. */
public record ConversationDetail(UUID id, String title, List<Message> messages) {
  /**
   * One message.
   *
   * @param text what is stored of it by now
   * @param model for an answer, the model that was asked
   * @param masked for an answer, whether the model saw pseudonyms in place of sensitive data
   */
  public record Message(
    UUID id,
    Optional<UUID> parentId,
    int choice,
    String role,
    String text,
    Instant createdAt,
    MessageStatus status,
    Optional<String> model,
    Optional<MessageError> error,
    boolean masked,
    Optional<Generation> generation
  ) {
    /** Without the text. */
    @Override
    public String toString() {
      return "Message[" + id + ", " + role + ", " + status + "]";
    }
  }

  /** Why an answer failed: a code of the error table and its arguments. */
  public record MessageError(String code, Map<String, Object> args) {}

  /**
   * What wrote an answer.
   *
   * @param position code points of {@code text}; where to resume
   * @param reason of the end
   */
  public record Generation(
    UUID id,
    int epoch,
    int position,
    Optional<Tokens> usage,
    Optional<String> reason
  ) {}

  /** Tokens read and written. */
  public record Tokens(int prompt, int completion) {}

  /** Without title and texts. */
  @Override
  public String toString() {
    return "ConversationDetail[" + id + ", " + messages.size() + " messages]";
  }
}
