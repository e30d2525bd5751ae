package dev.atrium.hub.generation;

import dev.atrium.hub.budget.Usage;
import dev.atrium.hub.conversation.SavedPrompt;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * An answer whose hub is gone, claimed by this one.
 *
 * @param guard this hub's, with the new epoch
 * @param requester whose it is; the address of their socket is not known any more
 * @param userMessageId the prompt that it answers
 * @param trimmedMessages messages of the history that the first attempt left out
 * @param stopRequested whether its reader asked to stop it while nobody owned it
 * @param running the attempt that a node may still be writing
 * @param usedBefore what the attempts before that one used
 */
record Orphan(
  Guard guard,
  Requester requester,
  UUID conversationId,
  UUID userMessageId,
  UUID answerId,
  String model,
  long seed,
  Optional<String> revision,
  int trimmedMessages,
  boolean stopRequested,
  Optional<Restart> restart,
  int attempts,
  Optional<Attempt> running,
  Usage usedBefore
) {
  /** What was saved; the title is not known here. */
  SavedPrompt saved() {
    return new SavedPrompt(
      conversationId,
      "",
      userMessageId,
      answerId,
      guard.generationId(),
      guard.epoch(),
      true,
      false,
      List.of()
    );
  }

  /**
   * Where the attempt stood when its hub last wrote.
   *
   * @param fromToken tokens of the answer that earlier attempts had delivered
   * @param seq the last event whose text is stored
   * @param maxNewTokens most tokens of the whole answer
   * @param allowedTokens tokens of this attempt's own that are paid for
   */
  record Attempt(
    int number,
    String nodeId,
    String engineId,
    int fromToken,
    long seq,
    int promptTokens,
    int maxNewTokens,
    int allowedTokens,
    long reservedMicros
  ) {}
}
