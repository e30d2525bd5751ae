package dev.atrium.audit;

import java.util.Locale;
import java.util.OptionalLong;

/**
 * Something that is not as it was sealed.
 *
 * @param from the first leaf that it is about, or the size of the checkpoint, or the line of the file
 * @param through the last
 * @param record the id of the record, if it is one and known
 */
public record Finding(Kind kind, long from, long through, OptionalLong record, String note) {
  /** What may be wrong. */
  public enum Kind {
    /** A record, or the hash that is kept of it, is not the one that was sealed. */
    ALTERED,
    /** A record that was sealed is not there. */
    MISSING,
    /** A record is there, at another place. */
    REORDERED,
    /** A record is there that was not sealed at this place, or stands there twice. */
    ADDED,
    /** Leaves have other numbers than they were given. */
    RENUMBERED,
    /** Everything from here to the end is not there. */
    CUT_OFF,
    /** A checkpoint is missing, or was altered. */
    CHECKPOINT,
    /** A line of the file can't be read. */
    DAMAGED_LINE,
  }

  static Finding leaf(Kind kind, long leaf, OptionalLong record, String note) {
    return new Finding(kind, leaf, leaf, record, note);
  }

  static Finding leaves(Kind kind, long from, long through, String note) {
    return new Finding(kind, from, through, OptionalLong.empty(), note);
  }

  /** Whether it is about this leaf. */
  public boolean names(long leaf) {
    return from <= leaf && leaf <= through;
  }

  /** For people. */
  public String sentence() {
    String what = switch (kind) {
      case CHECKPOINT -> "the checkpoint of " + from + " leaves";
      case DAMAGED_LINE -> "line " + from + " of the file";
      default -> from == through ? "leaf " + from : "leaves " + from + " to " + through;
    };
    String id = record.isPresent() ? " (record " + record.getAsLong() + ")" : "";
    return word() + ": " + what + id + (note.isEmpty() ? "" : ", " + note);
  }

  private String word() {
    return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
