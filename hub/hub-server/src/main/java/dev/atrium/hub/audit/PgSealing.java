package dev.atrium.hub.audit;

import dev.atrium.audit.AuditRecord;
import dev.atrium.audit.Checkpoint;
import dev.atrium.audit.CheckpointSigner;
import dev.atrium.audit.Frontier;
import dev.atrium.audit.SignedCheckpoint;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One step of sealing, in one transaction: the lease, the records that have no leaf, their leaves, and a
 * checkpoint of the tree with them. What the tree was is kept between steps, so that a step costs as much
 * as it seals; it is read again, and checked, when another hub may have sealed meanwhile.
 */
final class PgSealing {

  /** Most records that one step seals. */
  static final int BATCH = 500;

  private static final Logger log = LoggerFactory.getLogger(PgSealing.class);

  /** How many ids each step looks through again for records that were committed late. */
  private static final int SWEEP = 2_000;

  /** A record whose id was drawn so long ago and that is not committed yet is found by the sweep. */
  private static final long LATE = TimeUnit.MINUTES.toNanos(1);

  private static final String LEASE = """
    UPDATE audit_sealer SET holder = $1, expires_at = clock_timestamp() + interval '5 seconds'
    WHERE holder = $1 OR expires_at < clock_timestamp()
    RETURNING clock_timestamp() AS now
    """;

  /** Apart from the lease: what waited for that sees the leaves as they were before it waited. */
  private static final String LAST = "SELECT coalesce(max(leaf_index), -1) AS last FROM audit_leaf";
  private static final String RELEASE =
    "UPDATE audit_sealer SET expires_at = '-infinity' WHERE holder = $1";
  private static final String NEWEST =
    "SELECT tree_size, root_hash, frontier FROM audit_checkpoint ORDER BY tree_size DESC LIMIT 1";
  private static final String LEAVES =
    "SELECT leaf_index, leaf_hash FROM audit_leaf WHERE leaf_index >= $1 ORDER BY leaf_index LIMIT 10000";
  private static final String MARK =
    "SELECT coalesce((SELECT record_id FROM audit_leaf ORDER BY leaf_index DESC LIMIT 1), 0) AS id";
  private static final String UNSEALED = """
    SELECT r.id, r.at, r.actor_id, r.action, r.target_kind, r.target_id, r.result, r.correlation_id,
      r.details::text AS details, r.commitments::text AS commitments
    FROM audit_record r
    WHERE r.id > $1 AND r.id <= $2 AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.record_id = r.id)
    ORDER BY r.id LIMIT $3
    """;
  private static final String ADD_LEAVES =
    "INSERT INTO audit_leaf (leaf_index, record_id, leaf_hash) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[])";
  private static final String ADD_CHECKPOINT =
    "INSERT INTO audit_checkpoint (tree_size, root_hash, kid, signature, at, frontier) VALUES ($1, $2, $3, $4, $5, $6)";

  private final Db db;
  private final PgCheckpointKeys keys;
  private final String holder;
  /** The tree as this hub left it; empty when it must be read again. */
  private Optional<Tree> tree = Optional.empty();
  private boolean cutOffTold;
  private final Set<Long> unsealable = new HashSet<>();

  /** What is known between two steps; thrown away when a step fails. */
  private static final class Tree {

    final Frontier frontier;
    /** Ids past this one are looked through at each step; those up to it only by the sweep. */
    long mark;
    /** The greatest id that was sealed, now and when the mark was last moved. */
    long newest;
    long newestBefore;
    long markMoved = System.nanoTime();
    long swept;

    Tree(Frontier frontier, long newest) {
      this.frontier = frontier;
      this.mark = newest;
      this.newest = newest;
      this.newestBefore = newest;
    }

    /** After a step: what was drawn long ago, or stands before a full batch, is left to the sweep. */
    void moveMark(boolean full) {
      if (full) {
        mark = newest;
      } else if (System.nanoTime() - markMoved > LATE) {
        mark = newestBefore;
        newestBefore = newest;
        markMoved = System.nanoTime();
      }
    }
  }

  private record Leaf(long record, byte[] hash) {}

  /** What a step did: how many records it sealed; nothing if another hub has the lease. */
  record Step(boolean leads, int sealed) {}

  PgSealing(Db db, PgCheckpointKeys keys, String holder) {
    this.db = db;
    this.keys = keys;
    this.holder = holder;
  }

  /** Not to be called again before it is complete. */
  Future<Step> step() {
    return db
      .inTransaction(tx ->
        tx
          .sql()
          .preparedQuery(LEASE)
          .execute(Tuple.of(holder))
          .compose(rows ->
            rows.size() == 0
              ? Future.succeededFuture(new Sealed(Optional.empty(), 0))
              : seal(tx, rows.iterator().next())
          )
      )
      .map(sealed -> {
        // Only now is it certain.
        tree = sealed.tree();
        return new Step(sealed.tree().isPresent(), sealed.leaves());
      })
      .onFailure(_ -> tree = Optional.empty());
  }

  private record Sealed(Optional<Tree> tree, int leaves) {}

  /** Gives the lease up, so that another hub goes on at once. */
  Future<Void> release() {
    return db.inTransaction(tx ->
      tx.sql().preparedQuery(RELEASE).execute(Tuple.of(holder)).mapEmpty()
    );
  }

  private Future<Sealed> seal(Tx tx, Row lease) {
    OffsetDateTime now = lease.getOffsetDateTime("now");
    return tree
      .map(Future::succeededFuture)
      .orElseGet(() -> read(tx))
      .compose(before ->
        query(tx, LAST)
          .compose(rows -> {
            tellIfCutOff(before, rows.iterator().next().getLong("last"));
            return unsealed(tx, before);
          })
          .compose(leaves -> add(tx, before, leaves, now))
      );
  }

  private void tellIfCutOff(Tree tree, long last) {
    if (last + 1 < tree.frontier.size() && !cutOffTold) {
      cutOffTold = true;
      log.error(
        "the audit log was cut off: it had {} leaves and ends with number {}",
        tree.frontier.size(),
        last
      );
    }
  }

  private Future<Sealed> add(Tx tx, Tree before, List<Leaf> leaves, OffsetDateTime now) {
    if (leaves.isEmpty()) {
      return Future.succeededFuture(new Sealed(Optional.of(before), 0));
    }
    long from = before.frontier.size();
    leaves.forEach(leaf -> before.frontier.append(leaf.hash()));
    return addLeaves(tx, from, leaves)
      .compose(_ -> keys.signer(tx))
      .compose(signer -> addCheckpoint(tx, before.frontier, signer, now))
      .map(new Sealed(Optional.of(before), leaves.size()));
  }

  private static Future<Void> addLeaves(Tx tx, long from, List<Leaf> leaves) {
    Long[] indexes = new Long[leaves.size()];
    Arrays.setAll(indexes, i -> from + i);
    Long[] records = leaves.stream().map(Leaf::record).toArray(Long[]::new);
    Buffer[] hashes = leaves
      .stream()
      .map(l -> Buffer.buffer(l.hash()))
      .toArray(Buffer[]::new);
    return tx
      .sql()
      .preparedQuery(ADD_LEAVES)
      .execute(Tuple.of(indexes, records, hashes))
      .mapEmpty();
  }

  private static Future<Void> addCheckpoint(
    Tx tx,
    Frontier frontier,
    CheckpointSigner signer,
    OffsetDateTime now
  ) {
    byte[] root = frontier.root();
    String origin = signer.origin();
    SignedCheckpoint signed = signer.sign(
      new Checkpoint(origin, frontier.size(), HexFormat.of().formatHex(root), now.toInstant())
    );
    var values = Tuple.of(
      frontier.size(),
      Buffer.buffer(root),
      signed.keyId(),
      Buffer.buffer(HexFormat.of().parseHex(signed.signature())),
      now,
      Buffer.buffer(frontier.bytes())
    );
    return tx.sql().preparedQuery(ADD_CHECKPOINT).execute(values).mapEmpty();
  }

  /** First those that are new, then, in what room is left, those of one more stretch of old ids. */
  private Future<List<Leaf>> unsealed(Tx tx, Tree tree) {
    return query(tx, UNSEALED, tree.mark, Long.MAX_VALUE, BATCH).compose(rows -> {
        List<Leaf> leaves = leaves(rows);
        boolean full = rows.size() == BATCH;
        tree.newest = Math.max(tree.newest, leaves.isEmpty() ? 0 : leaves.getLast().record());
        Future<List<Leaf>> all = full || tree.mark == 0
          ? Future.succeededFuture(leaves)
          : sweep(tx, tree, leaves);
        return all.onSuccess(_ -> tree.moveMark(full));
      });
  }

  private Future<List<Leaf>> sweep(Tx tx, Tree tree, List<Leaf> leaves) {
    long to = Math.min(tree.swept + SWEEP, tree.mark);
    return query(tx, UNSEALED, tree.swept, to, BATCH - leaves.size()).map(late -> {
        if (late.size() < BATCH - leaves.size()) {
          tree.swept = to == tree.mark ? 0 : to;
        } // else the same stretch again: it may hold more
        leaves.addAll(leaves(late));
        return leaves;
      });
  }

  private List<Leaf> leaves(RowSet<Row> rows) {
    List<Leaf> leaves = new ArrayList<>();
    for (Row row : rows) {
      try {
        leaves.add(new Leaf(row.getLong("id"), record(row).leafHash()));
      } catch (IllegalArgumentException e) {
        // Only somebody who went past audit_append can have written it; it must not stop the others.
        if (unsealable.size() < 1_000 && unsealable.add(row.getLong("id"))) {
          log.error("audit record {} can't be sealed: {}", row.getLong("id"), e.getMessage());
        }
      }
    }
    return leaves;
  }

  private static AuditRecord record(Row row) {
    Map<String, Object> commitments = AuditRecord.json(row.getString("commitments"));
    return new AuditRecord(
      row.getLong("id"),
      row.getOffsetDateTime("at").toInstant(),
      Optional.ofNullable(row.getUUID("actor_id")),
      row.getString("action"),
      Optional.ofNullable(row.getString("target_kind")),
      Optional.ofNullable(row.getString("target_id")),
      row.getString("result"),
      Optional.ofNullable(row.getString("correlation_id")),
      AuditRecord.json(row.getString("details")),
      commitments
        .entrySet()
        .stream()
        .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().toString()))
    );
  }

  /** The tree as the newest checkpoint says, with the leaves behind it; or, if that can't be right, anew. */
  private static Future<Tree> read(Tx tx) {
    return query(tx, NEWEST)
      .compose(rows -> extend(tx, frontier(rows)))
      .compose(frontier ->
        query(tx, MARK).map(rows -> new Tree(frontier, rows.iterator().next().getLong("id")))
      );
  }

  private static Frontier frontier(RowSet<Row> rows) {
    if (rows.size() == 0) {
      return new Frontier();
    }
    Row row = rows.iterator().next();
    Buffer bytes = row.getBuffer("frontier");
    try {
      Frontier frontier = Frontier.of(row.getLong("tree_size"), bytes.getBytes());
      if (Arrays.equals(frontier.root(), row.getBuffer("root_hash").getBytes())) {
        return frontier;
      }
    } catch (IllegalArgumentException | NullPointerException e) {
      log.debug("no frontier", e);
    }
    log.error(
      "the newest audit checkpoint was altered: the tree is computed from its leaves again"
    );
    return new Frontier();
  }

  private static Future<Frontier> extend(Tx tx, Frontier frontier) {
    return query(tx, LEAVES, frontier.size()).compose(rows -> {
        long before = frontier.size();
        for (Row row : rows) {
          if (row.getLong("leaf_index") == frontier.size()) {
            frontier.append(row.getBuffer("leaf_hash").getBytes());
          }
        }
        return frontier.size() == before ? Future.succeededFuture(frontier) : extend(tx, frontier);
      });
  }

  private static Future<RowSet<Row>> query(Tx tx, String sql, Object... values) {
    return tx.sql().preparedQuery(sql).execute(Tuple.from(values));
  }
}
