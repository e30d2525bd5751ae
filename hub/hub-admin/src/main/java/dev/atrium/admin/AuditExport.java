package dev.atrium.admin;

import dev.atrium.audit.Anchor;
import dev.atrium.audit.AuditRecord;
import dev.atrium.audit.Checkpoint;
import dev.atrium.audit.CheckpointKey;
import dev.atrium.audit.ExportWriter;
import dev.atrium.audit.Personal;
import dev.atrium.audit.SignedCheckpoint;
import java.io.IOException;
import java.io.OutputStream;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/** Reads the audit log out of the database: one snapshot of it, by cursors, so whatever its size. */
final class AuditExport {

  private static final int FETCH = 1_000;

  private static final String LOG = """
    SELECT o.install_id::text AS install, clock_timestamp() AS now,
      (SELECT coalesce(max(leaf_index) + 1, 0) FROM audit_leaf) AS size,
      (SELECT count(*) FROM audit_record r
        WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.record_id = r.id)) AS unsealed
    FROM organisation o
    """;
  private static final String KEYS =
    "SELECT public_key FROM signing_key WHERE purpose = 'audit_checkpoint' ORDER BY created_at, kid";
  private static final String LEAVES = """
    SELECT l.leaf_index, l.record_id, l.leaf_hash, r.id, r.at, r.actor_id, r.action, r.target_kind,
      r.target_id, r.result, r.correlation_id, r.details::text AS details, r.commitments::text AS commitments
    FROM audit_leaf l LEFT JOIN audit_record r ON r.id = l.record_id ORDER BY l.leaf_index
    """;
  private static final String PERSONAL = """
    SELECT l.leaf_index, p.subject_id, p.salt, p.fields::text AS fields
    FROM audit_leaf l JOIN audit_personal p USING (record_id) ORDER BY l.leaf_index
    """;
  private static final String CHECKPOINTS = """
    SELECT c.tree_size, c.root_hash, c.kid, c.signature, c.at, coalesce(c.frontier, '') AS frontier, k.public_key
    FROM audit_checkpoint c JOIN signing_key k USING (kid) ORDER BY c.tree_size
    """;
  private static final String RECORD =
    "SELECT audit_append(NULL, ?, 'audit.export', NULL, NULL, 'ok', NULL, NULL, '{}')";

  private AuditExport() {}

  /** Records that somebody exports the log, by the user of the database and of the system. */
  static void record(Connection connection) throws SQLException {
    try (var statement = connection.prepareStatement(RECORD)) {
      String user = connection.getMetaData().getUserName();
      statement.setString(1, user + ", " + System.getProperty("user.name") + " (command line)");
      statement.execute();
    }
  }

  /** Writes the log; how many leaves it has. Leaves the connection in a transaction that was ended. */
  static long write(Connection connection, OutputStream out) throws SQLException, IOException {
    connection.setAutoCommit(false);
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    connection.setReadOnly(true);
    ExportWriter export = new ExportWriter(out);
    try (
      var log = cursor(connection, LOG);
      var keys = cursor(connection, KEYS);
      var leaves = cursor(connection, LEAVES);
      var personal = cursor(connection, PERSONAL);
      var checkpoints = cursor(connection, CHECKPOINTS)
    ) {
      log.rows.next();
      String origin = Checkpoint.origin(log.rows.getString("install"));
      export.header(origin, log.rows.getLong("size"), instant(log.rows, "now"));
      while (keys.rows.next()) {
        key(origin, keys.rows, export);
      }
      PersonalRows named = new PersonalRows(personal.rows);
      boolean more = checkpoints.rows.next();
      long written = 0;
      while (leaves.rows.next()) {
        long index = leaves.rows.getLong("leaf_index");
        more = checkpoints(checkpoints.rows, more, index, origin, export);
        leaf(leaves.rows, named.of(index), export);
        written++;
      }
      checkpoints(checkpoints.rows, more, Long.MAX_VALUE, origin, export);
      export.end(log.rows.getLong("size"), log.rows.getLong("unsealed"));
      export.flush();
      connection.commit();
      return written;
    }
  }

  /** The newest checkpoint; empty if nothing is sealed yet. */
  static Optional<Anchor> newest(Connection connection) throws SQLException {
    try (
      var log = cursor(connection, LOG);
      var newest = cursor(connection, "SELECT * FROM (" + CHECKPOINTS + " DESC LIMIT 1) AS newest")
    ) {
      log.rows.next();
      if (!newest.rows.next()) {
        return Optional.empty();
      }
      HexFormat hex = HexFormat.of();
      return Optional.of(
        new Anchor(
          checkpoint(newest.rows, Checkpoint.origin(log.rows.getString("install"))),
          hex.formatHex(newest.rows.getBytes("public_key")),
          hex.formatHex(newest.rows.getBytes("frontier")),
          List.of()
        )
      );
    }
  }

  /** A statement and its rows, of which only some are held at a time. */
  private record Cursor(Statement statement, ResultSet rows) implements AutoCloseable {
    @Override
    public void close() throws SQLException {
      statement.close();
    }
  }

  private static Cursor cursor(Connection connection, String sql) throws SQLException {
    var statement = connection.createStatement();
    statement.setFetchSize(FETCH);
    return new Cursor(statement, statement.executeQuery(sql));
  }

  private static void key(String origin, ResultSet rows, ExportWriter export)
    throws SQLException, IOException {
    try {
      export.key(CheckpointKey.of(origin, rows.getBytes("public_key")));
    } catch (IllegalArgumentException e) {
      // Altered. What it signed will not be believed, which is said of each checkpoint.
      return;
    }
  }

  /** Those that end before this leaf; whether there are more. */
  private static boolean checkpoints(
    ResultSet rows,
    boolean more,
    long before,
    String origin,
    ExportWriter export
  ) throws SQLException, IOException {
    boolean next = more;
    while (next && rows.getLong("tree_size") <= before) {
      export.checkpoint(checkpoint(rows, origin), rows.getBytes("frontier"));
      next = rows.next();
    }
    return next;
  }

  private static SignedCheckpoint checkpoint(ResultSet rows, String origin) throws SQLException {
    HexFormat hex = HexFormat.of();
    return new SignedCheckpoint(
      new Checkpoint(
        origin,
        rows.getLong("tree_size"),
        hex.formatHex(rows.getBytes("root_hash")),
        instant(rows, "at")
      ),
      rows.getString("kid"),
      hex.formatHex(rows.getBytes("signature"))
    );
  }

  /** Personal data in the order of the leaves. */
  private static final class PersonalRows {

    private final ResultSet rows;
    private boolean more;

    PersonalRows(ResultSet rows) throws SQLException {
      this.rows = rows;
      this.more = rows.next();
    }

    /** What belongs to this leaf; to be asked for one after the other. */
    List<Personal> of(long index) throws SQLException {
      List<Personal> all = new ArrayList<>();
      for (; more && rows.getLong("leaf_index") <= index; more = rows.next()) {
        Map<String, String> fields = new TreeMap<>();
        readable(rows.getString("fields")).forEach((name, value) ->
          fields.put(name, String.valueOf(value))
        );
        all.add(
          new Personal(
            Optional.ofNullable(rows.getObject("subject_id", UUID.class)),
            rows.getBytes("salt"),
            fields
          )
        );
      }
      return all;
    }
  }

  /** What can't have been written by {@code audit_append} fits no commitment either. */
  private static Map<String, Object> readable(String json) {
    try {
      return AuditRecord.json(json);
    } catch (IllegalArgumentException e) {
      return Map.of("unreadable", json);
    }
  }

  private static void leaf(ResultSet rows, List<Personal> personal, ExportWriter export)
    throws SQLException, IOException {
    long index = rows.getLong("leaf_index");
    long id = rows.getLong("record_id");
    byte[] hash = rows.getBytes("leaf_hash");
    Optional<AuditRecord> record;
    try {
      record = rows.getObject("id") == null ? Optional.empty() : Optional.of(record(rows));
    } catch (IllegalArgumentException e) {
      export.unreadable(index, id, hash);
      return;
    }
    export.leaf(index, id, hash, record, personal);
  }

  private static AuditRecord record(ResultSet rows) throws SQLException {
    Map<String, String> commitments = new TreeMap<>();
    AuditRecord.json(rows.getString("commitments")).forEach((name, value) ->
      commitments.put(name, String.valueOf(value))
    );
    return new AuditRecord(
      rows.getLong("id"),
      instant(rows, "at"),
      Optional.ofNullable(rows.getObject("actor_id", UUID.class)),
      rows.getString("action"),
      Optional.ofNullable(rows.getString("target_kind")),
      Optional.ofNullable(rows.getString("target_id")),
      rows.getString("result"),
      Optional.ofNullable(rows.getString("correlation_id")),
      AuditRecord.json(rows.getString("details")),
      commitments
    );
  }

  private static Instant instant(ResultSet rows, String column) throws SQLException {
    return rows.getObject(column, OffsetDateTime.class).toInstant();
  }
}
