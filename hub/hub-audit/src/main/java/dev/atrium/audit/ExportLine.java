package dev.atrium.audit;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One line of an export, as {@link ExportReader} found it. */
sealed interface ExportLine {
  /**
   * The first line.
   *
   * @param size how many leaves there were
   */
  record Header(String origin, long size) implements ExportLine {}

  /** A public key that the database holds. */
  record Key(CheckpointKey key) implements ExportLine {}

  /**
   * A leaf and its record.
   *
   * @param id of the record, as the leaf says
   * @param record absent if the database has a leaf but no record for it
   */
  record Leaf(
    long index,
    long id,
    byte[] hash,
    Optional<Map<String, Object>> record,
    List<Personal> personal
  ) implements ExportLine {}

  /** A checkpoint that the database holds; the frontier is empty if it holds none. */
  record Signed(SignedCheckpoint checkpoint, Optional<Frontier> frontier) implements ExportLine {}

  /**
   * The last line.
   *
   * @param unsealed records that had no leaf yet
   */
  record End(long leaves, long unsealed) implements ExportLine {}

  /** What is none of these. */
  record Damaged(long number) implements ExportLine {}
}
