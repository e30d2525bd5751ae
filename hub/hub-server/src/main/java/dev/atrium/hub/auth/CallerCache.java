package dev.atrium.hub.auth;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Callers by session, believed for a moment; at most {@value #CAPACITY} of them. */
final class CallerCache {

  private static final int CAPACITY = 10_000;

  private final long lifeNanos;
  private final Map<UUID, Held> callers = new LinkedHashMap<>(16, 0.75f, true) {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<UUID, Held> eldest) {
      return size() > CAPACITY;
    }
  };

  private record Held(Caller caller, long since) {}

  CallerCache(Duration life) {
    this.lifeNanos = life.toNanos();
  }

  synchronized Optional<Caller> find(UUID sessionId) {
    var held = callers.get(sessionId);
    return held == null || System.nanoTime() - held.since() > lifeNanos
      ? Optional.empty()
      : Optional.of(held.caller());
  }

  /**
   * @param since when the question was asked, by {@link System#nanoTime}: the answer may have aged on
   *     its way
   */
  synchronized void keep(Caller caller, long since) {
    callers.put(caller.sessionId(), new Held(caller, since));
  }

  synchronized void forget(UUID sessionId) {
    callers.remove(sessionId);
  }

  synchronized void forgetAll() {
    callers.clear();
  }

  synchronized void forgetUser(UUID userId) {
    callers.values().removeIf(held -> held.caller().userId().equals(userId));
  }
}
