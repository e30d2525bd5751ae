package dev.atrium.hub.conversation;

import dev.atrium.api.FileView;
import dev.atrium.api.HubFrame.Part;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/** A conversation with all its messages, parents before children, siblings by age. */
public record ConversationDetail(UUID id, String title, List<Message> messages) {
  /**
   * One message.
   *
   * @param parts what is stored of it by now
   * @param files that came with it
   * @param model for an answer, the model that was asked
   * @param masked for an answer, whether the model saw pseudonyms in place of sensitive data
   */
  public record Message(
    UUID id,
    Optional<UUID> parentId,
    int choice,
    String role,
    List<Passage> parts,
    List<FileView> files,
    Instant createdAt,
    MessageStatus status,
    Optional<String> model,
    Optional<MessageError> error,
    boolean masked,
    Optional<Generation> generation
  ) {
    public Message {
      parts = List.copyOf(parts);
      files = List.copyOf(files);
    }

    /** What was said: without thoughts and calls of tools. */
    public String text() {
      return parts
        .stream()
        .filter(passage -> passage.part() == Part.ANSWER)
        .map(Passage::text)
        .collect(Collectors.joining());
    }

    /** Whether it has parts beside what was said. */
    public boolean hasOtherParts() {
      return parts.stream().anyMatch(passage -> passage.part() != Part.ANSWER);
    }

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
   * @param position code points of all parts; where to resume
   * @param reason of the end
   */
  public record Generation(
    UUID id,
    int epoch,
    int position,
    Optional<Tokens> usage,
    Optional<String> reason
  ) {}

  /** Tokens of the prompt and of the answer, and those that were computed to be read. */
  public record Tokens(int prompt, int completion, int prefilled) {}

  /** Without title and texts. */
  @Override
  public String toString() {
    return "ConversationDetail[" + id + ", " + messages.size() + " messages]";
  }
}
