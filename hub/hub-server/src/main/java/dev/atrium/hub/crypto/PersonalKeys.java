package dev.atrium.hub.crypto;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.db.Db;
import dev.atrium.keys.Aes256Gcm;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Everybody's own keys, in the database of keys, wrapped by the master key. They wrap the keys of
 * conversations. What is done here is not part of a transaction in the other database.
 */
public final class PersonalKeys {

  /** Transactions ask too, and must not queue behind a crowd that comes for the first time. */
  private static final int MOST_PREPARING = 4;
  private static final int MOST_WAITING = 4_096;

  private final PgPersonalKeys store;
  private final KeyCache<PersonalKey> cache = new KeyCache<>();
  private final Deque<Preparing> waiting = new ArrayDeque<>();
  private int preparing;

  private record Preparing(UUID userId, Promise<Void> done) {}

  private PersonalKeys(PgPersonalKeys store) {
    this.store = store;
  }

  /** Over the database of keys. */
  public static PersonalKeys create(Db keys, MasterKey master) {
    return new PersonalKeys(new PgPersonalKeys(keys, master));
  }

  /**
   * Makes sure that this is the database of this installation's keys; the first installation that asks
   * has it. Fails with {@link IllegalArgumentException} if it is another's.
   */
  public Future<Void> claim(UUID installId) {
    return store.claim(installId);
  }

  /**
   * The newest key of a person, made if there never was one. Always asked for anew: what a rotation has
   * replaced must wrap nothing more. Fails with {@code NOT_FOUND} if the person was erased.
   */
  Future<PersonalKey> newest(UUID userId) {
    return store.newest(userId).onSuccess(key -> cache.put(key.id(), userId, key));
  }

  /**
   * Makes sure that a person has a key, for a few people at a time. Fails with {@code NOT_FOUND} if the
   * person was erased, and with {@code OVERLOADED} if too many wait.
   */
  Future<Void> prepare(UUID userId) {
    Preparing one = new Preparing(userId, Promise.promise());
    synchronized (waiting) {
      if (waiting.size() >= MOST_WAITING) {
        return Future.failedFuture(new AtriumException(ErrorCode.OVERLOADED));
      }
      waiting.add(one);
    }
    prepareNext();
    return one.done().future();
  }

  private void prepareNext() {
    Preparing one;
    synchronized (waiting) {
      if (preparing >= MOST_PREPARING || waiting.isEmpty()) {
        return;
      }
      preparing++;
      one = waiting.poll();
    }
    newest(one.userId()).onComplete((_, failure) -> {
        synchronized (waiting) {
          preparing--;
        }
        one.done().complete(null, failure);
        prepareNext();
      });
  }

  /** The keys of this person with these ids, as far as they are not destroyed. */
  Future<Map<UUID, PersonalKey>> byIds(Set<UUID> ids, UUID userId) {
    Map<UUID, PersonalKey> all = new HashMap<>();
    Set<UUID> missing = new HashSet<>();
    for (UUID id : ids) {
      cache.find(id, userId).ifPresentOrElse(key -> all.put(id, key), () -> missing.add(id));
    }
    if (missing.isEmpty()) {
      return Future.succeededFuture(all);
    }
    return store
      .byIds(missing, userId)
      .map(found -> {
        found.forEach(key -> {
          cache.put(key.id(), userId, key);
          all.put(key.id(), key);
        });
        return all;
      });
  }

  void forget(Collection<UUID> users) {
    cache.forget(users);
  }

  /**
   * Adds a version, which wraps from now on, unless there is one that was made since then; the ids of
   * all that are older.
   */
  public Future<List<UUID>> renew(UUID userId, Instant unlessSince) {
    return store.renew(userId, unlessSince);
  }

  /** The time by the clock that dates keys. */
  public Future<Instant> clock() {
    return store.clock();
  }

  /** The next people who have a key, by their id. */
  public Future<List<UUID>> owners(Optional<UUID> after, int most) {
    return store.owners(after, most);
  }

  /** Destroys one version, which nothing must be wrapped by any more. */
  public Future<Void> destroy(UUID userId, UUID keyId) {
    return store.destroy(userId, keyId).onSuccess(_ -> forget(List.of(userId)));
  }

  /**
   * Destroys every key of a person, for ever, and makes sure that none is ever made again.
   *
   * @return how many keys were destroyed by this call
   */
  public Future<Integer> erase(UUID userId) {
    return store.erase(userId).onSuccess(_ -> forget(List.of(userId)));
  }

  /** Of these people, those who were erased. */
  public Future<Set<UUID>> erased(Set<UUID> users) {
    return store.erased(users);
  }

  /** Wraps up to so many keys anew that another than the primary master key wraps; how many it did. */
  public Future<Integer> rewrap(int most) {
    return store.rewrap(most);
  }

  /** Since when no key is in the other database; empty if there never was one. */
  public Future<Optional<Instant>> movedAt() {
    return store.movedAt();
  }

  /** Takes over keys of before there was this database; a repeat changes nothing. */
  Future<Void> adopt(List<PgPersonalKeys.Kept> kept) {
    return store.adopt(kept);
  }

  static <T> Future<T> missing() {
    return Future.failedFuture(new AtriumException(ErrorCode.NOT_FOUND, Map.of("what", "key")));
  }

  /** One unwrapped key of a person. */
  record PersonalKey(UUID id, Aes256Gcm key) {
    @Override
    public String toString() {
      return "PersonalKey " + id;
    }
  }
}
