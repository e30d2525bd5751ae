package dev.atrium.hub.crypto;

import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Unwrapped keys by some id, for a minute each and for one person only; the longest unused goes first.
 * Safe for many threads.
 */
final class KeyCache<K> {

  private static final int CAPACITY = 8_192;
  private static final long LIFE_NANOS = Duration.ofMinutes(1).toNanos();

  private final Map<UUID, Held<K>> held = new LinkedHashMap<>(16, 0.75f, true) {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<UUID, Held<K>> eldest) {
      return size() > CAPACITY;
    }
  };

  private record Held<K>(K key, UUID reader, long since) {}

  synchronized Optional<K> find(UUID id, UUID reader) {
    Held<K> found = held.get(id);
    if (found == null || !found.reader().equals(reader)) {
      return Optional.empty();
    }
    if (System.nanoTime() - found.since() > LIFE_NANOS) {
      held.remove(id);
      return Optional.empty();
    }
    return Optional.of(found.key());
  }

  synchronized void put(UUID id, UUID reader, K key) {
    held.put(id, new Held<>(key, reader, System.nanoTime()));
  }

  synchronized void forget(Collection<UUID> readers) {
    Set<UUID> gone = Set.copyOf(readers);
    held.values().removeIf(h -> gone.contains(h.reader()));
  }
}
