package dev.atrium.hub.generation;

import static io.vertx.core.Future.await;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This hub's lease, and what dead hubs left behind. The lease is renewed every second and expires
 * after four by the database's clock; after three by its own clock this hub fences itself and writes
 * nothing until it has renewed and seen what is still its own. Answers without a living owner are
 * taken over.
 *
 * <p>Source of the idea: leases with a clock on each side, Gray and Cheriton, "Leases: an efficient
 * fault-tolerant mechanism for distributed file cache consistency", SOSP 1989.
 */
final class Ownership {

  private static final long RENEW_MS = 1_000;
  private static final long FENCED_NANOS = 3_000_000_000L;
  private static final long SWEEP_MS = 500;
  private static final long SWEEP_JITTER_MS = 250;
  private static final int SWEEP_LIMIT = 20;
  private static final long WATCH_MS = 250;
  /** A lease that is not renewed is looked at so long after its end. */
  private static final long AFTER_END_MS = 10;
  /** After an outage of the database all hubs renew first, and only then look for the dead. */
  private static final long SETTLED_NANOS = 5_000_000_000L;
  private static final Logger log = LoggerFactory.getLogger(Ownership.class);

  private final Vertx vertx;
  private final LeaseStore leases;
  private final OrphanStore orphans;
  private final Running running;
  private final String hubId;
  private final String url;
  private final Listener listener;
  private volatile Set<String> otherHubs = Set.of();
  private volatile long leaseNanos;
  private volatile boolean leaving;
  private long outageNanos;
  private boolean inOutage;
  private volatile boolean stoodStill;
  private long watchedNanos;
  private boolean renewing;
  private boolean stopped;
  private boolean sweeping;
  private boolean sweepAgain;
  private long endTimer = -1;

  /** Who acts on what is found. */
  interface Listener {
    /** Takes over what was claimed. */
    void claimed(Orphan orphan);

    /**
     * This process stood still for longer than its lease: its readers must go elsewhere, since others
     * may speak for it by now.
     */
    void stoodStill();

    /** Another hub has no lease any more. */
    void hubGone();
  }

  Ownership(
    Vertx vertx,
    LeaseStore leases,
    OrphanStore orphans,
    Running running,
    String hubId,
    String url,
    Listener listener
  ) {
    this.vertx = vertx;
    this.leases = leases;
    this.orphans = orphans;
    this.running = running;
    this.hubId = hubId;
    this.url = url;
    this.listener = listener;
  }

  /** The other hubs that have a lease. */
  Set<String> otherHubs() {
    return otherHubs;
  }

  /** Whether the lease is certain: without it nothing may be written. Any thread. */
  boolean holds() {
    return !stoodStill && System.nanoTime() - leaseNanos < FENCED_NANOS;
  }

  Future<Void> start() {
    long now = System.nanoTime();
    watchedNanos = now;
    outageNanos = now - SETTLED_NANOS;
    return leases
      .renew(hubId, url, true)
      .onSuccess(lease -> {
        take(lease);
        leaseNanos = now;
        vertx.setPeriodic(RENEW_MS, _ -> renew());
        vertx.setPeriodic(WATCH_MS, _ -> watch());
        scheduleSweep();
      })
      .mapEmpty();
  }

  /** Takes nothing over any more; the hubs to which this one can hand over. */
  Set<String> leave() {
    leaving = true;
    return await(leases.leave(hubId));
  }

  /** Gives the lease up: what is left is taken over at once. */
  Future<Void> stop() {
    leaving = true;
    stopped = true;
    otherHubs = Set.of();
    return leases.drop(hubId).otherwiseEmpty();
  }

  private void renew() {
    if (renewing || stopped) {
      return;
    }
    renewing = true;
    long begun = System.nanoTime();
    leases
      .renew(hubId, url, false)
      .onComplete(result -> {
        renewing = false;
        if (result.failed()) {
          inOutage = true;
          outageNanos = System.nanoTime();
          log.warn("lease not renewed: {}", result.cause().toString());
          return;
        }
        boolean doubtful = !holds() || inOutage || result.result().lapsed();
        inOutage = false;
        leaseNanos = begun;
        take(result.result());
        if (doubtful) {
          reconcile();
        }
      });
  }

  private void take(LeaseStore.Lease lease) {
    boolean gone = !lease.others().containsAll(otherHubs);
    otherHubs = lease.others();
    vertx.cancelTimer(endTimer);
    lease
      .nextEnd()
      .ifPresent(end -> endTimer = vertx.setTimer(end.toMillis() + AFTER_END_MS, _ -> ended()));
    if (gone) {
      listener.hubGone();
    }
  }

  /** Another hub has not renewed its lease in time; who else waits for that moment need not be asked. */
  private void ended() {
    renew();
    sweep();
  }

  /** Notices that this process stood still, as one does that was suspended or starved. */
  private void watch() {
    long now = System.nanoTime();
    long gap = now - watchedNanos;
    watchedNanos = now;
    if (gap > FENCED_NANOS) {
      log.warn("this hub stood still for {} ms and fences itself", gap / 1_000_000);
      stoodStill = true;
      listener.stoodStill();
      renew();
    }
  }

  /** The lease was in doubt: what others took over meanwhile is let go. */
  private void reconcile() {
    List<Guard> guards = running.all().stream().map(Generation::guard).toList();
    orphans
      .owned(guards)
      .onSuccess(ours -> {
        stoodStill = false;
        for (Guard guard : guards) {
          if (!ours.contains(guard.generationId())) {
            running
              .find(guard.generationId())
              .filter(g -> g.guard().equals(guard))
              .ifPresent(g -> g.fence(new FencedException(guard)));
          }
        }
      })
      .onFailure(e -> {
        inOutage = true;
        log.warn("not known yet what is still owned: {}", e.toString());
      });
  }

  private void scheduleSweep() {
    long jitter = ThreadLocalRandom.current().nextLong(SWEEP_JITTER_MS);
    vertx.setTimer(SWEEP_MS + jitter, _ -> {
      if (!leaving) {
        sweep();
        scheduleSweep();
      }
    });
  }

  /** Looks for orphans now; another hub may have said that there are some. */
  void sweep() {
    boolean settled = System.nanoTime() - outageNanos > SETTLED_NANOS;
    sweepAgain = sweeping;
    if (sweeping || leaving || !holds() || !settled) {
      return;
    }
    sweeping = true;
    try {
      List<Orphan> claimed;
      do {
        sweepAgain = false;
        claimed = await(orphans.adopt(hubId, SWEEP_LIMIT, running.ids()));
        claimed.forEach(listener::claimed);
      } while ((claimed.size() == SWEEP_LIMIT || sweepAgain) && !leaving);
    } catch (RuntimeException e) {
      log.warn("sweep of orphans put off: {}", e.toString());
    } finally {
      sweeping = false;
    }
  }
}
