package dev.atrium.hub.crypto;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.Map;
import java.util.UUID;

/** The table {@code user_data_key}. */
final class PgDataKeys {

  /**
   * A key and whether it is older than this transaction. A younger one may have been made by it,
   * and is gone if it is rolled back, so it must not be remembered.
   */
  record Found(DataKey key, boolean settled) {}

  private static final String NEWEST = """
    SELECT id, wrapped_key, master_key_id, created_at < now() AS settled FROM user_data_key
    WHERE user_id = $1 AND destroyed_at IS NULL ORDER BY version DESC LIMIT 1
    """;
  private static final String ADD = """
    INSERT INTO user_data_key (id, user_id, wrapped_key, master_key_id) VALUES ($1, $2, $3, $4)
    ON CONFLICT (user_id, version) DO NOTHING
    """;
  private static final String BY_ID = """
    SELECT id, wrapped_key, master_key_id, created_at < now() AS settled FROM user_data_key
    WHERE id = $1 AND destroyed_at IS NULL
    """;

  private final MasterKey master;

  PgDataKeys(MasterKey master) {
    this.master = master;
  }

  Future<Found> forUser(Tx tx, UUID userId) {
    return tx
      .sql()
      .preparedQuery(NEWEST)
      .execute(Tuple.of(userId))
      .compose(rows ->
        rows.size() > 0 ? Future.succeededFuture(unwrap(rows.iterator().next())) : add(tx, userId)
      );
  }

  /** Of two transactions that add the first key, one waits for the other and then reads its key. */
  private Future<Found> add(Tx tx, UUID userId) {
    var id = UUID.randomUUID();
    var wrapped = master.wrap(AesGcm.newKey(), place(id));
    return tx
      .sql()
      .preparedQuery(ADD)
      .execute(Tuple.of(id, userId, Buffer.buffer(wrapped), master.id()))
      .compose(_ -> tx.sql().preparedQuery(NEWEST).execute(Tuple.of(userId)))
      .compose(
        rows -> rows.size() > 0 ? Future.succeededFuture(unwrap(rows.iterator().next())) : missing() // every key of this person was destroyed: nothing may be written for them
      );
  }

  Future<Found> byId(Tx tx, UUID keyId) {
    return tx
      .sql()
      .preparedQuery(BY_ID)
      .execute(Tuple.of(keyId))
      .compose(rows ->
        rows.size() > 0 ? Future.succeededFuture(unwrap(rows.iterator().next())) : missing()
      );
  }

  private static <T> Future<T> missing() {
    return Future.failedFuture(new AtriumException(ErrorCode.NOT_FOUND, Map.of("what", "key")));
  }

  private Found unwrap(Row row) {
    var id = row.getUUID("id");
    var wrapped = row.getBuffer("wrapped_key").getBytes();
    var key = master.unwrap(wrapped, row.getString("master_key_id"), place(id));
    return new Found(new DataKey(id, key), row.getBoolean("settled"));
  }

  private static Aad place(UUID id) {
    return Aad.of("user_data_key", id);
  }
}
