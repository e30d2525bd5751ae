package dev.atrium.hub.admission;

import dev.atrium.hub.db.Db;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;

/**
 * Requests and tokens a minute, for users and departments. The count is kept by the database, one for
 * all hubs, so that in any 60 seconds no more than the limit is given out, however many hubs ask.
 * Who was refused a request is refused again without asking, until it is time: a flood costs nothing.
 * Safe for many threads.
 */
final class Rates {

  private static final int MOST_REFUSED = 10_000;

  private final PgRates store;
  private final LongSupplier clock;
  private final Map<UUID, Long> refusedUntil = new LinkedHashMap<>(16, 0.75f, true) {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<UUID, Long> eldest) {
      return size() > MOST_REFUSED;
    }
  };

  /**
   * @param clock as {@link System#nanoTime}
   */
  Rates(PgRates store, LongSupplier clock) {
    this.store = store;
    this.clock = clock;
  }

  static Rates create(Db db) {
    return new Rates(new PgRates(db), System::nanoTime);
  }

  /** Takes one request. */
  Future<Taken> takeRequest(UUID userId, UUID departmentId) {
    Optional<Duration> still = stillRefused(userId);
    if (still.isPresent()) {
      return Future.succeededFuture(new Taken.Later(still.get()));
    }
    return store
      .take(userId, departmentId, Unit.REQUESTS, 1)
      .onSuccess(taken -> {
        if (taken instanceof Taken.Later(Duration after)) {
          refuseUntil(userId, clock.getAsLong() + after.toNanos());
        }
      });
  }

  /** Takes tokens: what a prompt has, or what an answer may have next. */
  Future<Taken> takeTokens(UUID userId, UUID departmentId, int tokens) {
    return store.take(userId, departmentId, Unit.TOKENS, tokens);
  }

  /** Gives back tokens that were not used. */
  Future<Void> giveBackTokens(UUID userId, UUID departmentId, int tokens, long slot) {
    return store.giveBack(userId, departmentId, Unit.TOKENS, tokens, slot);
  }

  /** Limits may have changed: whoever was refused is asked for again. */
  synchronized void forget() {
    refusedUntil.clear();
  }

  private synchronized void refuseUntil(UUID userId, long nanos) {
    refusedUntil.put(userId, nanos);
  }

  private synchronized Optional<Duration> stillRefused(UUID userId) {
    Long until = refusedUntil.get(userId);
    if (until == null) {
      return Optional.empty();
    }
    long left = until - clock.getAsLong();
    if (left <= 0) {
      refusedUntil.remove(userId);
      return Optional.empty();
    }
    return Optional.of(Duration.ofNanos(left));
  }
}
