package dev.atrium.hub.conversation;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What is durable of an answer.
 *
 * @param messageId the message it is, unless it answers an API call
 * @param text from its beginning, without a gap
 * @param runs what the text is made of, and what comes next
 * @param tokenIds the tokens of exactly this text and what is held back behind it
 * @param held what the model wrote behind it and was not shown yet; nothing once it has ended
 * @param epoch the generation's
 */
public record StoredAnswer(
  UUID generationId,
  Optional<UUID> messageId,
  String text,
  Runs runs,
  List<Integer> tokenIds,
  String held,
  MessageStatus status,
  int epoch
) {
  public StoredAnswer {
    tokenIds = List.copyOf(tokenIds);
  }

  /** Length of the text in code points. */
  public int position() {
    return text.codePointCount(0, text.length());
  }

  @Override
  public String toString() {
    return "StoredAnswer[" + generationId + " " + status + " at " + position() + "]";
  }
}
