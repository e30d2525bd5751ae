package dev.atrium.hub.generation;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** One lease a hub, valid for four seconds by the database's clock. */
interface LeaseStore {
  /**
   * Renews this hub's lease, or takes it anew.
   *
   * @param first true at start: what the same name owned before is then an orphan, and the leases of
   *     hubs that are long dead are forgotten
   */
  Future<Lease> renew(String hubId, String url, boolean first);

  /**
   * Says that this hub leaves.
   *
   * @return the hubs that live and do not leave themselves
   */
  Future<Set<String>> leave(String hubId);

  /** Gives the lease up: from now on what this hub owns is an orphan. */
  Future<Void> drop(String hubId);

  /**
   * A renewal.
   *
   * @param others the other hubs that live, leaving or not
   * @param nextEnd when the first of their leases runs out if it is not renewed; empty without others
   * @param lapsed whether the lease had run out, so that others may have taken over
   */
  record Lease(Set<String> others, Optional<Duration> nextEnd, boolean lapsed) {}
}
