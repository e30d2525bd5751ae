package dev.atrium.hub.crypto;

import dev.atrium.hub.crypto.PersonalKeys.PersonalKey;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import dev.atrium.keys.Aes256Gcm;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * The rotation of keys: wraps anew, in small steps, what older keys wrapped, while hubs go on reading and
 * writing. What is encrypted by the keys of conversations stays as it is.
 */
public final class PgRewraps {

  /** Held by a transaction that wraps something for this person by the newest of their keys. */
  static final String LOCK_SHARED =
    "SELECT pg_advisory_xact_lock_shared(hashtextextended('personal_key/' || $1, 0))";
  private static final String LOCK =
    "SELECT pg_advisory_xact_lock(hashtextextended('personal_key/' || $1, 0))";
  private static final String BY_OLDER = """
    SELECT key_id, personal_key_id, wrapped_key FROM conversation_key_wrap
    WHERE reader_id = $1 AND personal_key_id <> $2 ORDER BY key_id LIMIT $3 FOR UPDATE
    """;
  private static final String REWRAP = """
    UPDATE conversation_key_wrap SET personal_key_id = $3, wrapped_key = $4
    WHERE key_id = $1 AND reader_id = $2
    """;
  private static final String SIGNING_BY_OLDER = """
    SELECT kid, wrapped_key, master_key_id FROM signing_key
    WHERE master_key_id <> $1 ORDER BY kid LIMIT $2 FOR UPDATE
    """;
  private static final String REWRAP_SIGNING =
    "UPDATE signing_key SET wrapped_key = $2, master_key_id = $3 WHERE kid = $1";

  private final Db db;
  private final PersonalKeys personal;
  private final MasterKey master;

  public PgRewraps(Db db, PersonalKeys personal, MasterKey master) {
    this.db = db;
    this.personal = personal;
    this.master = master;
  }

  private static Future<RowSet<Row>> query(Tx tx, String sql, Object... values) {
    return tx.sql().preparedQuery(sql).execute(Tuple.from(values));
  }

  /**
   * Wraps up to so many keys of conversations by this person's newest key; how many it did. Once it
   * answers with 0 after {@link PersonalKeys#renew}, none is wrapped by an older one any more, and none
   * will be: whoever began to wrap by it before has committed, and the lock has waited for that.
   */
  public Future<Integer> forReader(UUID readerId, int most) {
    return db.inTransaction(tx ->
      query(tx, LOCK, readerId.toString())
        .compose(_ -> personal.newest(readerId))
        .compose(newest ->
          query(tx, BY_OLDER, readerId, newest.id(), most).compose(rows ->
            rewrap(tx, readerId, newest, rows)
          )
        )
    );
  }

  private Future<Integer> rewrap(Tx tx, UUID readerId, PersonalKey newest, RowSet<Row> rows) {
    Set<UUID> older = new HashSet<>();
    rows.forEach(row -> older.add(row.getUUID("personal_key_id")));
    if (older.isEmpty()) {
      return Future.succeededFuture(0);
    }
    return personal
      .byIds(older, readerId)
      .compose(keys ->
        tx.sql().preparedQuery(REWRAP).executeBatch(batch(readerId, newest, rows, keys))
      )
      .map(rows.size());
  }

  private static List<Tuple> batch(
    UUID readerId,
    PersonalKey newest,
    RowSet<Row> rows,
    Map<UUID, PersonalKey> keys
  ) {
    List<Tuple> batch = new ArrayList<>();
    for (Row row : rows) {
      UUID keyId = row.getUUID("key_id");
      PersonalKey by = keys.get(row.getUUID("personal_key_id"));
      if (by == null) {
        throw new IllegalStateException("key " + keyId + " is wrapped by a key that is gone");
      }
      byte[] wrapped = row.getBuffer("wrapped_key").getBytes();
      Aes256Gcm key = PgConversationKeys.unwrap(wrapped, by, keyId, readerId);
      Buffer anew = PgConversationKeys.wrapped(key, newest, keyId, readerId);
      batch.add(Tuple.of(keyId, readerId, newest.id(), anew));
    }
    return batch;
  }

  /** Wraps up to so many signing keys by the primary master key; how many it did. */
  public Future<Integer> signingKeys(int most) {
    return db.inTransaction(tx ->
      query(tx, SIGNING_BY_OLDER, master.primaryId(), most).compose(rows -> {
          List<Tuple> batch = new ArrayList<>();
          for (Row row : rows) {
            Aad place = Aad.of("signing_key", row.getString("kid"));
            byte[] wrapped = row.getBuffer("wrapped_key").getBytes();
            byte[] secret = master.unwrap(wrapped, row.getString("master_key_id"), place);
            MasterKey.Wrapped anew = master.wrap(secret, place);
            batch.add(Tuple.of(row.getString("kid"), Buffer.buffer(anew.bytes()), anew.keyId()));
          }
          return batch.isEmpty()
            ? Future.succeededFuture(0)
            : tx.sql().preparedQuery(REWRAP_SIGNING).executeBatch(batch).map(batch.size());
        })
    );
  }
}
