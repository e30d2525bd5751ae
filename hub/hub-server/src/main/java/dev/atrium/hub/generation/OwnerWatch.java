package dev.atrium.hub.generation;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Waits until orphans have a living owner again, or an end. When a hub dies thousands of readers wait
 * at once; the database is asked once for all of them. Confined to the conductor's context.
 */
final class OwnerWatch {

  private static final long PERIOD_MS = 200;
  private static final long LONGEST_NANOS = 20_000_000_000L;

  private final Vertx vertx;
  private final OrphanStore orphans;
  private final Map<UUID, List<Wait>> waiting = new HashMap<>();
  private boolean looking;

  private record Wait(Promise<Void> promise, long sinceNanos) {}

  OwnerWatch(Vertx vertx, OrphanStore orphans) {
    this.vertx = vertx;
    this.orphans = orphans;
  }

  /**
   * Completes at the next look that finds the generation in good hands or ended; fails as {@code
   * interrupted} if that takes too long.
   */
  Future<Void> settled(UUID generationId) {
    Wait wait = new Wait(Promise.promise(), System.nanoTime());
    waiting.computeIfAbsent(generationId, _ -> new ArrayList<>()).add(wait);
    schedule();
    return wait.promise.future();
  }

  private void schedule() {
    if (!looking && !waiting.isEmpty()) {
      looking = true;
      vertx.setTimer(PERIOD_MS, _ -> look());
    }
  }

  private void look() {
    orphans
      .settled(Set.copyOf(waiting.keySet()))
      .onSuccess(ids -> ids.forEach(this::release))
      .onComplete(_ -> {
        giveUp(System.nanoTime());
        looking = false;
        schedule();
      });
  }

  /** This one is known to be in good hands. */
  void release(UUID id) {
    List<Wait> waits = waiting.remove(id);
    if (waits != null) {
      waits.forEach(wait -> wait.promise.tryComplete());
    }
  }

  private void giveUp(long nowNanos) {
    for (Iterator<List<Wait>> all = waiting.values().iterator(); all.hasNext(); ) {
      List<Wait> waits = all.next();
      List<Wait> old = waits
        .stream()
        .filter(wait -> nowNanos - wait.sinceNanos > LONGEST_NANOS)
        .toList();
      waits.removeAll(old);
      if (waits.isEmpty()) {
        all.remove();
      }
      old.forEach(wait -> wait.promise.tryFail(new AtriumException(ErrorCode.INTERRUPTED)));
    }
  }
}
