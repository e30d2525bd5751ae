package dev.atrium.hub.generation;

import dev.atrium.hub.budget.Usage;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The rows of generations, their attempts and the leases of hubs. Writes that name a {@link Guard}
 * fail with {@link FencedException} if it does not hold any more.
 */
interface GenerationStore {
  /** Adds a generation, pending; {@code GENERATION_BUSY} if its conversation has one that runs. */
  Future<Void> insert(Tx tx, NewGeneration generation);

  /** Notes that an attempt begins. */
  Future<Void> startAttempt(Tx tx, Guard guard, AttemptStart start);

  /**
   * Notes that the text is durable through {@code to}.
   *
   * @return false if that had been noted before, because the answer to a commit was lost
   */
  Future<Boolean> progress(Tx tx, Guard guard, int from, int to);

  /** Notes how an attempt ended, with what it used by itself. */
  Future<Void> endAttempt(Tx tx, UUID generationId, int attempt, String status, Usage usage);

  /**
   * Ends a generation with what all its attempts used together, and the answer's whole length.
   *
   * @return false if it had been ended by the same owner before, because the answer to a commit was
   *     lost
   */
  Future<Boolean> finish(Tx tx, Guard guard, Ending ending, Usage usage, int length);

  /** Takes a generation over from an owner that is gone: the new guard, or empty if somebody was faster. */
  Future<Optional<Guard>> claim(Tx tx, GenerationRow seen, String newOwner);

  /** A generation of this user. */
  Future<Optional<GenerationRow>> find(UUID userId, UUID generationId);

  /** What wrote a message of this user, latest first. */
  Future<Optional<GenerationRow>> findByMessage(UUID userId, UUID messageId);

  /** The node that answered last in a conversation. */
  Future<Optional<String>> lastNode(UUID conversationId);

  /** Generations that run without a living owner, or for this hub from before it started. */
  Future<List<GenerationRow>> orphans(String hubId, int limit);

  /**
   * Renews this hub's lease.
   *
   * @param first true at start: what the same name owned before is then an orphan
   * @return the other hubs that live
   */
  Future<List<String>> renewLease(String hubId, String url, boolean first);

  /** Gives the lease up. */
  Future<Void> dropLease(String hubId);

  /** Where an attempt begins. */
  record AttemptStart(
    int number,
    String nodeId,
    String engineId,
    String revision,
    int promptTokens,
    int maxNewTokens
  ) {}
}
