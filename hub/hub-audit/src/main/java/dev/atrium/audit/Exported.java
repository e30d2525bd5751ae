package dev.atrium.audit;

import dev.atrium.audit.Finding.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What an export says, read once: of each leaf no more than its number, the id of its record and its
 * hash, 44 bytes.
 */
final class Exported {

  /** Most leaves that may be missing before one that is there. */
  private static final int MOST_MISSING = 1 << 24;

  private int[] labels = new int[1024];
  private long[] ids = new long[1024];
  private int lines;
  private final HashList stored = new HashList();
  /** Where the record has another hash than is stored; empty if there is no record. */
  private final Map<Integer, Optional<byte[]>> differing = new HashMap<>();
  private final List<ExportLine.Signed> checkpoints = new ArrayList<>();
  private final Map<String, CheckpointKey> keys = new HashMap<>();
  private final List<Finding> findings = new ArrayList<>();
  private Optional<ExportLine.Header> header = Optional.empty();
  private Optional<ExportLine.End> end = Optional.empty();
  private long erased;

  private Exported() {}

  /**
   * Reads an export.
   *
   * @throws IllegalArgumentException if it is none
   */
  static Exported read(InputStream in) throws IOException {
    Exported exported = new Exported();
    ExportReader reader = new ExportReader(in);
    for (var line = reader.next(); line.isPresent(); line = reader.next()) {
      exported.take(line.get());
    }
    if (exported.header.isEmpty() && exported.lines == 0) {
      throw new IllegalArgumentException("not an export of an audit log");
    }
    return exported;
  }

  private void take(ExportLine line) {
    switch (line) {
      case ExportLine.Header first -> header = Optional.of(first);
      case ExportLine.Key(CheckpointKey key) -> keys.put(key.id(), key);
      case ExportLine.Signed signed -> checkpoints.add(signed);
      case ExportLine.End last -> end = Optional.of(last);
      case ExportLine.Damaged(long number) -> findings.add(
        Finding.leaves(Kind.DAMAGED_LINE, number, number, "")
      );
      case ExportLine.Leaf leaf -> take(leaf);
    }
  }

  private void take(ExportLine.Leaf leaf) {
    if (lines == labels.length) {
      labels = Arrays.copyOf(labels, lines * 2);
      ids = Arrays.copyOf(ids, lines * 2);
    }
    labels[lines] = label(leaf);
    ids[lines] = leaf.id();
    stored.set(lines, leaf.hash());
    if (leaf.record().isEmpty()) {
      differing.put(lines, Optional.empty());
    } else {
      take(leaf, leaf.record().get());
    }
    lines++;
  }

  /** A number beyond all bounds costs no memory: the line's own stands in for it. */
  private int label(ExportLine.Leaf leaf) {
    if (leaf.index() < (long) lines + MOST_MISSING) {
      return (int) leaf.index();
    }
    findings.add(
      Finding.leaf(Kind.ALTERED, lines, OptionalLong.of(leaf.id()), "its number: " + leaf.index())
    );
    return lines;
  }

  private void take(ExportLine.Leaf leaf, Map<String, Object> record) {
    byte[] hash;
    try {
      hash = TreeHash.leaf(CanonicalJson.write(record));
    } catch (IllegalArgumentException | ClassCastException e) {
      hash = new byte[TreeHash.BYTES]; // nothing that was ever sealed
    }
    if (!Arrays.equals(hash, leaf.hash())) {
      differing.put(lines, Optional.of(hash));
    } else if (!Long.valueOf(leaf.id()).equals(record.get("id"))) {
      alteredBeside(leaf, "its id beside the record");
    }
    if (record.get("id") instanceof Long id) {
      ids[lines] = id;
    }
    compare(leaf, record.get("commitments") instanceof Map<?, ?> map ? map : Map.of());
  }

  private void compare(ExportLine.Leaf leaf, Map<?, ?> commitments) {
    int opened = 0;
    for (Personal personal : leaf.personal()) {
      for (String field : personal.fields().keySet()) {
        opened++;
        if (!personal.commitment(field).equals(commitments.get(field))) {
          alteredBeside(leaf, "its personal field " + field);
        }
      }
    }
    erased += opened < commitments.size() ? 1 : 0;
  }

  private void alteredBeside(ExportLine.Leaf leaf, String what) {
    findings.add(Finding.leaf(Kind.ALTERED, leaf.index(), OptionalLong.of(leaf.id()), what));
  }

  /** How many leaves it holds. */
  int lines() {
    return lines;
  }

  /** The number that a line gives its leaf. */
  int label(int line) {
    return labels[line];
  }

  long id(int line) {
    return ids[line];
  }

  /** The hash that the database keeps of it. */
  byte[] stored(int line) {
    return stored.get(line);
  }

  /** The hash of the record itself; empty if there is no record. */
  Optional<byte[]> hash(int line) {
    Optional<byte[]> other = differing.get(line);
    return other == null ? Optional.of(stored.get(line)) : other;
  }

  boolean storedDiffers(int line) {
    return differing.containsKey(line);
  }

  /** How long it says that the log is. */
  long claimedSize() {
    return header.map(ExportLine.Header::size).orElse(0L);
  }

  Optional<String> origin() {
    return header.map(ExportLine.Header::origin);
  }

  Optional<ExportLine.End> end() {
    return end;
  }

  List<ExportLine.Signed> checkpoints() {
    return checkpoints;
  }

  Map<String, CheckpointKey> keys() {
    return keys;
  }

  long erased() {
    return erased;
  }

  /** What is wrong by itself. */
  List<Finding> findings() {
    return findings;
  }
}
