package dev.atrium.hub.crypto;

import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Holds unwrapped keys for a minute, at most 4,096 of them; the longest unused goes first. */
final class CachedDataKeys implements DataKeys {

  private static final int CAPACITY = 4_096;
  private static final long LIFE_NANOS = Duration.ofMinutes(1).toNanos();

  private final PgDataKeys keys;
  private final Map<UUID, Held> byUser = bounded();
  private final Map<UUID, Held> byId = bounded();

  private record Held(DataKey key, long since) {}

  CachedDataKeys(PgDataKeys keys) {
    this.keys = keys;
  }

  @Override
  public Future<DataKey> forUser(Tx tx, UUID userId) {
    var held = find(byUser, userId);
    return held.isPresent()
      ? Future.succeededFuture(held.get())
      : keys.forUser(tx, userId).map(found -> remember(byUser, userId, found));
  }

  @Override
  public Future<DataKey> byId(Tx tx, UUID keyId) {
    var held = find(byId, keyId);
    return held.isPresent()
      ? Future.succeededFuture(held.get())
      : keys.byId(tx, keyId).map(found -> remember(byId, keyId, found));
  }

  private static DataKey remember(Map<UUID, Held> cache, UUID id, PgDataKeys.Found found) {
    if (found.settled()) {
      synchronized (cache) {
        cache.put(id, new Held(found.key(), System.nanoTime()));
      }
    }
    return found.key();
  }

  private static Optional<DataKey> find(Map<UUID, Held> cache, UUID id) {
    synchronized (cache) {
      var held = cache.get(id);
      if (held == null) {
        return Optional.empty();
      }
      if (System.nanoTime() - held.since() > LIFE_NANOS) {
        cache.remove(id);
        return Optional.empty();
      }
      return Optional.of(held.key());
    }
  }

  private static Map<UUID, Held> bounded() {
    return new LinkedHashMap<>(16, 0.75f, true) {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<UUID, Held> eldest) {
        return size() > CAPACITY;
      }
    };
  }
}
