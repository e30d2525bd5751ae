package dev.atrium.hub.crypto;

import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * The keys of conversations and of shares. Each is wrapped for every person who may read it by a personal key of that
 * person. Unwrapped keys are held in a bounded cache for a minute; those of a person who is erased are
 * dropped as soon as this hub hears of it.
 */
public interface DataKeys {
  /** Over the tables of this hub's database and the personal keys. */
  static DataKeys create(PersonalKeys personal) {
    return new CachedDataKeys(new PgConversationKeys(personal));
  }

  /**
   * Makes sure that a person has a personal key, so that no transaction waits while the other database
   * makes one. Fails with {@code NOT_FOUND} if the person was erased.
   */
  Future<Void> prepare(UUID ownerId);

  /**
   * A key for a conversation that this transaction is about to write, wrapped for its owner. Fails with
   * {@code NOT_FOUND} if the owner was erased.
   */
  Future<DataKey> forNewConversation(Tx tx, UUID conversationId, UUID ownerId);

  /**
   * The key that new rows of a conversation are sealed with, made in this transaction and wrapped for
   * its owner if there is none. Fails with {@code NOT_FOUND} if the owner was erased.
   */
  Future<DataKey> forConversation(Tx tx, UUID conversationId, UUID ownerId);

  /** The same if it is in memory: no database is asked. */
  Optional<DataKey> held(UUID conversationId, UUID ownerId);

  /**
   * A key for a share that this transaction is about to write, wrapped for its author. Fails with {@code
   * NOT_FOUND} if the author was erased.
   */
  Future<DataKey> forNewShare(Tx tx, UUID shareId, UUID authorId);

  /**
   * The keys with these ids, as far as this person may read them. Fails with {@code NOT_FOUND} if one is
   * not theirs or their personal keys were destroyed.
   */
  Future<Map<UUID, DataKey>> byIds(Tx tx, Set<UUID> keyIds, UUID readerId);

  /** Forgets what was unwrapped for these people. */
  void forget(Collection<UUID> readers);

  /** Forgets what was unwrapped for people who were erased lately. */
  Future<Void> forgetErased(Db db);
}
