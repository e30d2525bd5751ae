package dev.atrium.audit;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the log was at some time. Its text is the checkpoint of C2SP's <i>tlog-checkpoint</i>: origin,
 * size and root in a line each, and one further line with the time.
 *
 * @param origin the name of the log; no space and no plus in it
 * @param treeSize how many leaves it had, at least 1
 * @param root the root of the tree, 64 lower-case hex digits
 * @param at when, by the database's clock, in whole microseconds
 */
public record Checkpoint(String origin, long treeSize, String root, Instant at) {
  private static final Pattern TEXT = Pattern.compile(
    "([^\\s+]+)\n([1-9][0-9]{0,17})\n([A-Za-z0-9+/]{43}=)\ntime (\\S+)\n"
  );

  public Checkpoint {
    if (!origin.matches("[^\\s+]{1,200}") || treeSize < 1 || !root.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException("not a checkpoint: " + origin + " " + treeSize);
    }
  }

  /** The name of the log of an installation. */
  public static String origin(String installId) {
    return "atrium/" + installId;
  }

  /** What is signed. */
  public String text() {
    return (
      origin +
      "\n" +
      treeSize +
      "\n" +
      Base64.getEncoder().encodeToString(HexFormat.of().parseHex(root)) +
      "\ntime " +
      CanonicalJson.timestamp(at) +
      "\n"
    );
  }

  /**
   * Reads what {@link #text} wrote; nothing else is accepted.
   *
   * @throws IllegalArgumentException if it is anything else
   */
  static Checkpoint parse(String text) {
    Matcher m = TEXT.matcher(text);
    if (!m.matches()) {
      throw new IllegalArgumentException("not the text of a checkpoint");
    }
    try {
      Checkpoint read = new Checkpoint(
        m.group(1),
        Long.parseLong(m.group(2)),
        HexFormat.of().formatHex(Base64.getDecoder().decode(m.group(3))),
        Instant.parse(m.group(4))
      );
      if (read.text().equals(text)) {
        return read;
      }
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException("not the time of a checkpoint", e);
    }
    throw new IllegalArgumentException("not the one text of this checkpoint");
  }
}
