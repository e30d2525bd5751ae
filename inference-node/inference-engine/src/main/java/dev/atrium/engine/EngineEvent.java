package dev.atrium.engine;

import dev.atrium.engine.reply.ReplyPart;
import java.time.Duration;
import java.util.List;

/**
 * What happens to a sequence: {@code Queued* Started Text* (Finished | Failed)}, with exactly one
 * end. A sequence that never starts goes straight to its end.
 */
public sealed interface EngineEvent {
  String sequenceId();

  /**
   * The sequence waits for its turn.
   *
   * @param position 1 is next
   * @param expectedWait estimate from the pace of the last minute; zero when nothing is known
   */
  record Queued(String sequenceId, int position, Duration expectedWait) implements EngineEvent {}

  /** The sequence has its place in the batch. Sent once, even if it later has to give way. */
  record Started(String sequenceId, int promptTokens, int cachedTokens) implements EngineEvent {}

  /**
   * New text of the answer.
   *
   * @param text whole characters; may be empty if the tokens have no text
   * @param tokenIds the tokens whose text is now out, in order: all such arrays one after another
   *     are the answer's tokens, and a successor can continue from them
   * @param logprobs of each of the tokens, if they were asked for
   * @param parts what the text is, as far as that is certain, if it was asked for: all parts one after
   *     another are the answer taken apart
   */
  record Text(
    String sequenceId,
    String text,
    int[] tokenIds,
    List<TokenLogprob> logprobs,
    List<ReplyPart> parts
  ) implements EngineEvent {}

  record Finished(String sequenceId, FinishReason reason, Usage usage) implements EngineEvent {}

  /**
   * The sequence could not go on; others are not touched.
   *
   * @param code {@code cache_full}, {@code out_of_memory}, {@code engine_failed}
   * @param message for operators
   */
  record Failed(String sequenceId, String code, String message) implements EngineEvent {}
}
