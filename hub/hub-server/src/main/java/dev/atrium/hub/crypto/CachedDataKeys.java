package dev.atrium.hub.crypto;

import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** {@link DataKeys} that remembers what was unwrapped. */
final class CachedDataKeys implements DataKeys {

  private final PgConversationKeys keys;
  private final KeyCache<DataKey> byConversation = new KeyCache<>();
  private final KeyCache<DataKey> byId = new KeyCache<>();

  CachedDataKeys(PgConversationKeys keys) {
    this.keys = keys;
  }

  @Override
  public Future<Void> prepare(UUID ownerId) {
    return keys.personal().prepare(ownerId);
  }

  @Override
  public Future<DataKey> forNewConversation(Tx tx, UUID conversationId, UUID ownerId) {
    return keys.add(tx, conversationId, ownerId).map(PgConversationKeys.Found::key);
  }

  @Override
  public Future<DataKey> forConversation(Tx tx, UUID conversationId, UUID ownerId) {
    var held = held(conversationId, ownerId);
    if (held.isPresent()) {
      return Future.succeededFuture(held.get());
    }
    return keys
      .forConversation(tx, conversationId, ownerId)
      .map(found -> {
        // One that this transaction may have made is gone if it is rolled back.
        if (found.settled()) {
          byConversation.put(conversationId, ownerId, found.key());
        }
        return found.key();
      });
  }

  @Override
  public Optional<DataKey> held(UUID conversationId, UUID ownerId) {
    return byConversation.find(conversationId, ownerId);
  }

  @Override
  public Future<DataKey> forNewShare(Tx tx, UUID shareId, UUID authorId) {
    return keys.addToShare(tx, shareId, authorId);
  }

  @Override
  public Future<Map<UUID, DataKey>> byIds(Tx tx, Set<UUID> keyIds, UUID readerId) {
    Map<UUID, DataKey> all = new HashMap<>();
    Set<UUID> missing = new HashSet<>();
    for (UUID id : keyIds) {
      byId.find(id, readerId).ifPresentOrElse(key -> all.put(id, key), () -> missing.add(id));
    }
    if (missing.isEmpty()) {
      return Future.succeededFuture(all);
    }
    return keys
      .byIds(tx, missing, readerId)
      .map(found -> {
        found.forEach((id, f) -> {
          if (f.settled()) {
            byId.put(id, readerId, f.key());
          }
          all.put(id, f.key());
        });
        return all;
      });
  }

  @Override
  public void forget(Collection<UUID> readers) {
    byConversation.forget(readers);
    byId.forget(readers);
    keys.personal().forget(readers);
  }

  @Override
  public Future<Void> forgetErased(Db db) {
    return db
      .read(PgConversationKeys::erasedLately)
      .map(erased -> {
        forget(erased);
        return null;
      });
  }
}
