package dev.atrium.hub.generation;

import dev.atrium.hub.budget.Usage;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.UUID;

/**
 * The rows of generations and of their attempts. Writes that name a {@link Guard}
 * fail with {@link FencedException} if it does not hold any more.
 */
interface GenerationStore {
  /** Adds a generation, pending; {@code GENERATION_BUSY} if its conversation has one that runs. */
  Future<Void> insert(Tx tx, NewGeneration generation);

  /** Notes that an attempt begins; a repeat overwrites what the same attempt noted before. */
  Future<Void> startAttempt(Tx tx, Guard guard, AttemptStart start);

  /**
   * Notes that the text is durable through {@code to}, and with it the attempt's events through
   * {@code seq}.
   *
   * @return false if that had been noted before, because the answer to a commit was lost
   */
  Future<Boolean> progress(Tx tx, Guard guard, int from, int to, long seq);

  /** Notes how an attempt ended, with what it used by itself. */
  Future<Void> endAttempt(Tx tx, UUID generationId, int attempt, String status, Usage usage);

  /**
   * Ends a generation with what all its attempts used together, and the answer's whole length.
   *
   * @return false if it had been ended by the same owner before, because the answer to a commit was
   *     lost
   */
  Future<Boolean> finish(Tx tx, Guard guard, Ending ending, Usage usage, int length);

  /** A generation of this user. */
  Future<Optional<GenerationRow>> find(UUID userId, UUID generationId);

  /** What wrote a message of this user, latest first. */
  Future<Optional<GenerationRow>> findByMessage(UUID userId, UUID messageId);

  /** The node that answered last in a conversation. */
  Future<Optional<String>> lastNode(UUID conversationId);

  /**
   * Where an attempt begins.
   *
   * @param fromToken tokens of the answer that earlier attempts delivered
   * @param trimmedMessages messages of the history that did not fit
   * @param restart if what older readers hold beyond it was lost
   */
  record AttemptStart(
    int number,
    String nodeId,
    String engineId,
    String revision,
    int promptTokens,
    int maxNewTokens,
    int fromToken,
    int trimmedMessages,
    Optional<Restart> restart
  ) {}
}
