package dev.atrium.hub.conversation;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.crypto.DataKey;
import dev.atrium.hub.crypto.DataKeys;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.HashSet;
import java.util.Map;
import java.util.UUID;

/** What the stores of this room share: one statement, and the keys of the rows it returned. */
final class PgRows {

  private PgRows() {}

  static Future<RowSet<Row>> query(Tx tx, String sql, Object... values) {
    return tx.sql().preparedQuery(sql).execute(Tuple.from(values));
  }

  /** Every key that the rows name in this column, for the one who reads them. */
  static Future<Map<UUID, DataKey>> keysOf(
    Tx tx,
    DataKeys keys,
    UUID readerId,
    String column,
    Iterable<Row> rows
  ) {
    var ids = new HashSet<UUID>();
    for (var row : rows) {
      if (row.getUUID(column) != null) {
        ids.add(row.getUUID(column));
      }
    }
    return keys.byIds(tx, ids, readerId);
  }

  static byte[] bytes(Row row, String column) {
    return row.getBuffer(column).getBytes();
  }

  static Buffer buffer(byte[] bytes) {
    return Buffer.buffer(bytes);
  }

  static <T> Future<T> notFound(String what) {
    return Future.failedFuture(new AtriumException(ErrorCode.NOT_FOUND, Map.of("what", what)));
  }

  static <T> Future<T> badField(String field, String reason) {
    return Future.failedFuture(
      new AtriumException(ErrorCode.BAD_FIELD, Map.of("field", field, "reason", reason))
    );
  }
}
