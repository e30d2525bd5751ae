package dev.atrium.hub.crypto;

import dev.atrium.hub.crypto.PersonalKeys.PersonalKey;
import dev.atrium.hub.db.Tx;
import dev.atrium.keys.Aes256Gcm;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The tables {@code conversation_key} and {@code conversation_key_wrap}. */
final class PgConversationKeys {

  /**
   * A key and whether it is older than this transaction. A younger one may have been made by it, and is
   * gone if it is rolled back, so it must not be remembered.
   */
  record Found(DataKey key, boolean settled) {}

  private static final String OF_CONVERSATION = """
    SELECT k.id, w.wrapped_key, w.personal_key_id, k.created_at < now() AS settled
    FROM conversation_key k JOIN conversation_key_wrap w ON w.key_id = k.id AND w.reader_id = $2
    WHERE k.conversation_id = $1
    """;
  private static final String ADD = """
    WITH added AS (
      INSERT INTO conversation_key (id, conversation_id) VALUES ($1, $2)
      ON CONFLICT (conversation_id) DO NOTHING RETURNING id
    )
    INSERT INTO conversation_key_wrap (key_id, reader_id, personal_key_id, wrapped_key)
    SELECT id, $3, $4, $5 FROM added
    """;
  private static final String ADD_TO_SHARE = """
    WITH added AS (INSERT INTO conversation_key (id, share_id) VALUES ($1, $2) RETURNING id)
    INSERT INTO conversation_key_wrap (key_id, reader_id, personal_key_id, wrapped_key)
    SELECT id, $3, $4, $5 FROM added
    """;
  private static final String BY_IDS = """
    SELECT k.id, w.wrapped_key, w.personal_key_id, k.created_at < now() AS settled
    FROM conversation_key k JOIN conversation_key_wrap w ON w.key_id = k.id
    WHERE k.id = ANY($1::uuid[]) AND w.reader_id = $2
    """;
  private static final String ERASED_LATELY = """
    SELECT id FROM app_user WHERE status = 'erased' AND disabled_at > now() - interval '1 hour'
    """;

  private final PersonalKeys personal;

  PgConversationKeys(PersonalKeys personal) {
    this.personal = personal;
  }

  PersonalKeys personal() {
    return personal;
  }

  private static Future<RowSet<Row>> query(Tx tx, String sql, Object... values) {
    return tx.sql().preparedQuery(sql).execute(Tuple.from(values));
  }

  Future<Found> forConversation(Tx tx, UUID conversationId, UUID ownerId) {
    return find(tx, conversationId, ownerId).compose(found ->
      found.isEmpty()
        ? add(tx, conversationId, ownerId)
        : Future.succeededFuture(found.values().iterator().next())
    );
  }

  private Future<Map<UUID, Found>> find(Tx tx, UUID conversationId, UUID ownerId) {
    return opened(ownerId, () -> query(tx, OF_CONVERSATION, conversationId, ownerId));
  }

  /**
   * Between the question for the newest personal key and the commit nobody may destroy that key: a
   * rotation takes the same lock alone before it does.
   */
  Future<Found> add(Tx tx, UUID conversationId, UUID ownerId) {
    UUID id = UUID.randomUUID();
    Aes256Gcm key = Aes256Gcm.random();
    return add(tx, ADD, id, key, conversationId, ownerId).compose(added ->
        added
          ? Future.succeededFuture(new Found(new DataKey(id, key), false))
          : find(tx, conversationId, ownerId).compose(others ->
              // Another transaction was first. If it is not wrapped for this person, it is not theirs.
              others.isEmpty()
                ? PersonalKeys.missing()
                : Future.succeededFuture(others.values().iterator().next())
            )
      );
  }

  /** A key for a share, which no other transaction can be making one for. */
  Future<DataKey> addToShare(Tx tx, UUID shareId, UUID authorId) {
    UUID id = UUID.randomUUID();
    Aes256Gcm key = Aes256Gcm.random();
    return add(tx, ADD_TO_SHARE, id, key, shareId, authorId).map(_ -> new DataKey(id, key));
  }

  /** Whether it was added. */
  private Future<Boolean> add(Tx tx, String sql, UUID id, Aes256Gcm key, UUID of, UUID ownerId) {
    return query(tx, PgRewraps.LOCK_SHARED, ownerId.toString())
      .compose(_ -> personal.newest(ownerId))
      .compose(mine -> query(tx, sql, id, of, ownerId, mine.id(), wrapped(key, mine, id, ownerId)))
      .map(added -> added.rowCount() > 0);
  }

  static Buffer wrapped(Aes256Gcm key, PersonalKey by, UUID keyId, UUID readerId) {
    return Buffer.buffer(by.key().seal(key.bytes(), place(keyId, readerId).bytes()));
  }

  Future<Map<UUID, Found>> byIds(Tx tx, Set<UUID> ids, UUID readerId) {
    return opened(readerId, () -> query(tx, BY_IDS, ids.toArray(UUID[]::new), readerId)).compose(
        found -> {
          Set<UUID> others = new HashSet<>(ids);
          others.removeAll(found.keySet());
          return others.isEmpty() ? Future.succeededFuture(found) : older(others, readerId, found);
        }
      );
  }

  /** Rows of before there were keys of conversations name the personal key itself. */
  private Future<Map<UUID, Found>> older(Set<UUID> ids, UUID readerId, Map<UUID, Found> found) {
    return personal
      .byIds(ids, readerId)
      .compose(keys -> {
        if (keys.size() < ids.size()) {
          return PersonalKeys.missing();
        }
        // Of another database, so no rollback takes it away.
        keys.forEach((id, k) -> found.put(id, new Found(new DataKey(id, k.key()), true)));
        return Future.succeededFuture(found);
      });
  }

  private interface Question {
    Future<RowSet<Row>> ask();
  }

  /**
   * Unwraps what the question finds. A rotation may destroy the personal key that a row named just now,
   * after it has wrapped the row anew: then the question is asked once more.
   */
  private Future<Map<UUID, Found>> opened(UUID readerId, Question question) {
    return question
      .ask()
      .compose(rows -> open(rows, readerId))
      .compose(found ->
        found.complete()
          ? Future.succeededFuture(found.keys())
          : question
            .ask()
            .compose(rows -> open(rows, readerId))
            .compose(again ->
              again.complete() ? Future.succeededFuture(again.keys()) : PersonalKeys.missing()
            )
      );
  }

  private record Opened(Map<UUID, Found> keys, boolean complete) {}

  private Future<Opened> open(RowSet<Row> rows, UUID readerId) {
    Set<UUID> wanted = new HashSet<>();
    rows.forEach(row -> wanted.add(row.getUUID("personal_key_id")));
    return personal
      .byIds(wanted, readerId)
      .map(mine -> {
        Map<UUID, Found> keys = new HashMap<>();
        for (Row row : rows) {
          PersonalKey by = mine.get(row.getUUID("personal_key_id"));
          if (by != null) {
            UUID id = row.getUUID("id");
            Aes256Gcm key = unwrap(row.getBuffer("wrapped_key").getBytes(), by, id, readerId);
            keys.put(id, new Found(new DataKey(id, key), row.getBoolean("settled")));
          }
        }
        return new Opened(keys, keys.size() == rows.size());
      });
  }

  static Aes256Gcm unwrap(byte[] wrapped, PersonalKey by, UUID keyId, UUID readerId) {
    Aad place = place(keyId, readerId);
    try {
      return Aes256Gcm.of(by.key().open(wrapped, place.bytes()));
    } catch (GeneralSecurityException e) {
      throw new DecryptionException(place, e);
    }
  }

  private static Aad place(UUID keyId, UUID readerId) {
    return Aad.of("conversation_key", keyId, readerId);
  }

  static Future<List<UUID>> erasedLately(Tx tx) {
    return query(tx, ERASED_LATELY).map(rows -> {
        List<UUID> ids = new ArrayList<>();
        rows.forEach(row -> ids.add(row.getUUID(0)));
        return ids;
      });
  }
}
