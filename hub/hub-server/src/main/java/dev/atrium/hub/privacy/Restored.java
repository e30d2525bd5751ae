package dev.atrium.hub.privacy;

import dev.atrium.hub.crypto.PersonalKeys;
import dev.atrium.hub.db.Db;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whoever was erased is erased again when the main database was restored from a backup of before: the
 * database of keys remembers who it was. To be asked when a hub starts.
 */
final class Restored {

  private static final int PAGE = 1_000;
  private static final Logger log = LoggerFactory.getLogger(Restored.class);

  private final PgPrivacy store;
  private final PersonalKeys keys;

  Restored(Db db, PersonalKeys keys) {
    this.store = new PgPrivacy(db);
    this.keys = keys;
  }

  /** Asks for the jobs; how many. */
  Future<Integer> eraseAgain() {
    return eraseAgain(Optional.empty(), 0);
  }

  private Future<Integer> eraseAgain(Optional<UUID> after, int asked) {
    return store
      .notErased(after, PAGE)
      .compose(people -> {
        if (people.isEmpty()) {
          return Future.succeededFuture(asked);
        }
        return keys
          .erased(Set.copyOf(people))
          .compose(erased -> ask(List.copyOf(erased)))
          .compose(n -> eraseAgain(Optional.of(people.getLast()), asked + n));
      });
  }

  private Future<Integer> ask(List<UUID> erased) {
    Future<Void> all = Future.succeededFuture();
    for (UUID user : erased) {
      log.warn("user {} was erased and is here again, from a backup: erasing", user);
      all = all.compose(_ -> store.eraseAgain(user));
    }
    return all.map(erased.size());
  }
}
