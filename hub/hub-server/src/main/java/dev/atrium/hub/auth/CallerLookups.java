package dev.atrium.hub.auth;

import dev.atrium.hub.db.Db;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Looks callers up by their sessions, all that are asked for within a few milliseconds in one
 * statement: when a hub dies, thousands come to another within seconds, and each open socket asks
 * again every few. Safe for many threads.
 */
final class CallerLookups {

  private static final long GATHER_MS = 5;
  private static final int MOST_AT_ONCE = 256;

  private final Vertx vertx;
  private final Db db;
  private final PgAccounts accounts;
  private Map<UUID, Promise<Optional<Caller>>> gathered = new HashMap<>();

  CallerLookups(Vertx vertx, Db db, PgAccounts accounts) {
    this.vertx = vertx;
    this.db = db;
    this.accounts = accounts;
  }

  /** The caller of a session, unless it has ended or the user may not come in. */
  Future<Optional<Caller>> find(UUID sessionId) {
    Promise<Optional<Caller>> promise;
    boolean first;
    boolean full;
    synchronized (this) {
      first = gathered.isEmpty();
      promise = gathered.computeIfAbsent(sessionId, _ -> Promise.promise());
      full = gathered.size() >= MOST_AT_ONCE;
    }
    if (full) {
      look();
    } else if (first) {
      vertx.setTimer(GATHER_MS, _ -> look());
    }
    return promise.future();
  }

  private void look() {
    Map<UUID, Promise<Optional<Caller>>> now;
    synchronized (this) {
      now = gathered;
      gathered = new HashMap<>();
    }
    if (now.isEmpty()) {
      return;
    }
    Set<UUID> sessions = now.keySet();
    db
      .read(tx -> accounts.callers(tx, sessions))
      .onSuccess(found ->
        now.forEach((session, promise) -> promise.complete(Optional.ofNullable(found.get(session))))
      )
      .onFailure(e -> now.values().forEach(promise -> promise.fail(e)));
  }
}
