package dev.atrium.audit;

import java.io.Flushable;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Writes the audit log as lines of JSON: a header, the public keys, then each leaf with its record and,
 * behind the leaf that they end with, the checkpoints; last an end, without which an export is cut off.
 * It holds one line at a time. Not closed by this: the stream is the caller's.
 */
public final class ExportWriter implements Flushable {

  static final String KIND = "audit export 1";

  private final OutputStream out;

  public ExportWriter(OutputStream out) {
    this.out = out;
  }

  /** The first line. */
  public void header(String origin, long size, Instant at) throws IOException {
    line(Map.of("atrium", KIND, "origin", origin, "size", size, "at", CanonicalJson.timestamp(at)));
  }

  /** A public key of checkpoints. */
  public void key(CheckpointKey key) throws IOException {
    line(Map.of("key", HexFormat.of().formatHex(key.spki())));
  }

  /**
   * A leaf with what it stands for.
   *
   * @param id of the record, by the table of leaves
   * @param record absent if there is a leaf but no such record
   * @param personal what has not been erased
   */
  public void leaf(
    long index,
    long id,
    byte[] hash,
    Optional<AuditRecord> record,
    List<Personal> personal
  ) throws IOException {
    Map<String, Object> line = new TreeMap<>();
    line.put("leaf", index);
    line.put("id", id);
    line.put("hash", HexFormat.of().formatHex(hash));
    line.put("record", record.map(AuditRecord::toJson).orElse(null));
    line.put("personal", personal.stream().map(Personal::toJson).toList());
    line(line);
  }

  /** A leaf whose record somebody changed into what no record can be. */
  public void unreadable(long index, long id, byte[] hash) throws IOException {
    line(
      Map.of(
        "leaf",
        index,
        "id",
        id,
        "hash",
        HexFormat.of().formatHex(hash),
        "record",
        Map.of("unreadable", true),
        "personal",
        List.of()
      )
    );
  }

  /**
   * A checkpoint.
   *
   * @param frontier of its tree; empty if the database has none
   */
  public void checkpoint(SignedCheckpoint checkpoint, byte[] frontier) throws IOException {
    line(Map.of("checkpoint", checkpoint.text(), "frontier", HexFormat.of().formatHex(frontier)));
  }

  /** The last line. */
  public void end(long leaves, long unsealed) throws IOException {
    line(Map.of("end", leaves, "unsealed", unsealed));
  }

  private void line(Map<String, Object> json) throws IOException {
    out.write(CanonicalJson.write(json));
    out.write('\n');
  }

  @Override
  public void flush() throws IOException {
    out.flush();
  }
}
