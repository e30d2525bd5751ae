package dev.atrium.hub.generation;

import dev.atrium.hub.budget.Usage;
import dev.atrium.hub.conversation.SealedChunk;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * The rows of generations and of their attempts. Writes that name a {@link Guard}
 * fail with {@link FencedException} if it does not hold any more.
 */
interface GenerationStore {
  /** Adds a generation, pending; {@code GENERATION_BUSY} if its conversation has one that runs. */
  Future<Void> insert(Tx tx, NewGeneration generation);

  /**
   * Notes that an attempt begins; a repeat overwrites what the same attempt noted before. Fails with {@code
   * DATABASE_UNAVAILABLE} if nothing is reserved for it: the server was away meanwhile, and lost what it had
   * not written yet.
   */
  Future<Void> startAttempt(Tx tx, Guard guard, AttemptStart start);

  /**
   * Writes the next pieces of answers and how far these are durable by them: all whose guards hold, or,
   * should one of these not begin where the stored text ends, none, with {@code INTERNAL}. One statement
   * and so a transaction of its own. One that had been written before, because the answer to that
   * was lost, is told apart from one whose guard does not hold any more.
   *
   * @param texts of the same answers in the same order
   */
  Future<Advanced> write(List<Progress> answers, List<SealedChunk> texts);

  /** Keeps everybody else from the generation until this transaction ends. */
  Future<Void> hold(Tx tx, Guard guard);

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

  /** What the model is told before the conversation, as it was when the generation began. */
  Future<Optional<String>> systemPrompt(UUID generationId);

  /** Which of these users may not be here any more. */
  Future<Set<UUID>> disabled(Set<UUID> users);

  /** Whether its reader wished it stopped, on whatever hub. */
  Future<Boolean> stopWished(UUID generationId);

  /** The node that answered last in a conversation. */
  Future<Optional<String>> lastNode(UUID conversationId);

  /**
   * How far an answer is durable.
   *
   * @param from code points that were durable before
   * @param to code points that are now
   * @param seq the last event of the attempt whose text that is
   */
  record Progress(Guard guard, int from, int to, long seq) {}

  /**
   * What became of each; all that are in neither set are fenced.
   *
   * @param now written
   * @param before written by an earlier call
   */
  record Advanced(Set<UUID> now, Set<UUID> before) {}

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
