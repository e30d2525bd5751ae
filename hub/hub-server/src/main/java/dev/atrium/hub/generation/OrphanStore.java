package dev.atrium.hub.generation;

import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Who owns which running generation, and how one that is orphaned finds a new owner. */
interface OrphanStore {
  /**
   * Claims generations whose owner has no lease any more, that this hub's name owned before this
   * process began, or that it has owned for ten seconds and does not run, whatever became of them:
   * epoch + 1, this hub the owner. Nothing is claimed by a hub whose own lease has run
   * out by the time the database gets to it, which might claim from itself; nor while the server has
   * been up for less than a lease, because every hub must have had time to renew its own.
   *
   * @param limit most that are claimed at once
   * @param running what this hub runs
   */
  Future<List<Orphan>> adopt(String hubId, int limit, Collection<UUID> running);

  /** Of these generations, the ones that run and have this owner and epoch. */
  Future<Set<UUID>> owned(Collection<Guard> guards);

  /** Of these generations, the ones that have a living owner or have ended. */
  Future<Set<UUID>> settled(Collection<UUID> generationIds);

  /** Notes a wish to stop, for whoever owns it next. True if it was still running. */
  Future<Boolean> requestStop(UUID userId, UUID generationId);
}
