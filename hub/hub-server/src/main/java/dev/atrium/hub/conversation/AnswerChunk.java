package dev.atrium.hub.conversation;

import java.util.List;
import java.util.UUID;

/**
 * The next piece of an answer.
 *
 * @param userId whose generation it is, who owns the conversation
 * @param from code points of the answer before this piece
 * @param runs what the text is made of, and what comes next
 * @param tokenIds the tokens whose text this and {@code held} is
 * @param held what the model wrote behind it and is not shown yet, mostly nothing
 */
public record AnswerChunk(
  UUID generationId,
  UUID userId,
  UUID conversationId,
  int attempt,
  int from,
  String text,
  Runs runs,
  List<Integer> tokenIds,
  String held
) {
  public AnswerChunk {
    tokenIds = List.copyOf(tokenIds);
  }

  /** Of an answer without other parts. */
  public AnswerChunk(
    UUID generationId,
    UUID userId,
    UUID conversationId,
    int attempt,
    int from,
    String text,
    List<Integer> tokenIds,
    String held
  ) {
    this(
      generationId,
      userId,
      conversationId,
      attempt,
      from,
      text,
      Runs.answer(text.codePointCount(0, text.length())),
      tokenIds,
      held
    );
  }

  /** Length of the text in code points. */
  public int codePoints() {
    return text.codePointCount(0, text.length());
  }

  @Override
  public String toString() {
    return "AnswerChunk[" + generationId + " from " + from + ", " + codePoints() + "]";
  }
}
