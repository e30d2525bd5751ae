package dev.atrium.hub.audit;

import dev.atrium.audit.Anchor;
import dev.atrium.audit.Checkpoint;
import dev.atrium.audit.SignedCheckpoint;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Which checkpoints a sink does not have yet, as anchors; the database remembers how far each has come. */
final class PgDelivery {

  private static final String NEXT = """
    SELECT c.tree_size, c.root_hash, c.kid, c.signature, c.at, c.frontier, k.public_key,
      coalesce((SELECT max(b.tree_size) FROM audit_checkpoint b WHERE b.tree_size < c.tree_size), 0) AS before
    FROM audit_checkpoint c JOIN signing_key k USING (kid)
    WHERE c.frontier IS NOT NULL
      AND c.tree_size > coalesce((SELECT tree_size FROM audit_delivery WHERE sink = $1), 0)
    ORDER BY c.tree_size LIMIT 20
    """;
  private static final String LEAVES =
    "SELECT record_id, leaf_hash FROM audit_leaf WHERE leaf_index >= $1 AND leaf_index < $2 ORDER BY leaf_index";
  private static final String DELIVERED = """
    INSERT INTO audit_delivery (sink, tree_size) VALUES ($1, $2)
    ON CONFLICT (sink) DO UPDATE SET tree_size = EXCLUDED.tree_size, at = clock_timestamp()
    """;

  private final Db db;

  PgDelivery(Db db) {
    this.db = db;
  }

  /** The next for this sink, the oldest first; empty if it has all. */
  Future<List<Anchor>> next(String sink) {
    return db.read(tx ->
      PgCheckpointKeys.origin(tx).compose(origin ->
          tx
            .sql()
            .preparedQuery(NEXT)
            .execute(Tuple.of(sink))
            .compose(rows -> {
              Future<List<Anchor>> all = Future.succeededFuture(new ArrayList<>());
              for (Row row : rows) {
                all = all.compose(list ->
                  anchor(tx, origin, row).map(anchor -> {
                      list.add(anchor);
                      return list;
                    })
                );
              }
              return all;
            })
        )
    );
  }

  private static Future<Anchor> anchor(Tx tx, String origin, Row row) {
    Checkpoint checkpoint = new Checkpoint(
      origin,
      row.getLong("tree_size"),
      hex(row.getBuffer("root_hash")),
      row.getOffsetDateTime("at").toInstant()
    );
    return tx
      .sql()
      .preparedQuery(LEAVES)
      .execute(Tuple.of(row.getLong("before"), row.getLong("tree_size")))
      .map(leaves -> {
        List<Anchor.Leaf> list = new ArrayList<>();
        leaves.forEach(l ->
          list.add(new Anchor.Leaf(l.getLong("record_id"), hex(l.getBuffer("leaf_hash"))))
        );
        return new Anchor(
          new SignedCheckpoint(checkpoint, row.getString("kid"), hex(row.getBuffer("signature"))),
          hex(row.getBuffer("public_key")),
          hex(row.getBuffer("frontier")),
          list
        );
      });
  }

  private static String hex(Buffer bytes) {
    return HexFormat.of().formatHex(bytes.getBytes());
  }

  /** Remembers that a sink has everything up to this size. */
  Future<Void> delivered(String sink, long treeSize) {
    return db.read(tx ->
      tx.sql().preparedQuery(DELIVERED).execute(Tuple.of(sink, treeSize)).mapEmpty()
    );
  }
}
