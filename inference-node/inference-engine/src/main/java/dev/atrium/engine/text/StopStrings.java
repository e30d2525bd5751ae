package dev.atrium.engine.text;

import java.util.List;
import java.util.Optional;

/**
 * Finds stop strings in streamed text, across the borders of its pieces. Text that might still turn
 * out to be the beginning of a stop string is withheld; everything else is released at once.
 *
 * <p>The stop string that is complete first wins; of several complete at the same character, the
 * longest. The result does not depend on how the text was cut into pieces. Not thread-safe; one
 * instance a sequence.
 */
public final class StopStrings {

  private final List<String> stops;
  private String held = "";
  private String matched;

  /** Empty strings among {@code stops} are ignored: they would match everywhere. */
  public StopStrings(List<String> stops) {
    this.stops = stops
      .stream()
      .filter(s -> !s.isEmpty())
      .distinct()
      .toList();
  }

  /**
   * Takes the next piece and returns the text that is certainly before any stop string. After a
   * match the rest of the text is dropped and every later call returns an empty string.
   */
  public String next(String piece) {
    if (matched != null) {
      return "";
    }
    if (stops.isEmpty()) {
      return piece;
    }
    String text = held + piece;
    int start = match(text);
    if (matched != null) {
      held = "";
      return text.substring(0, start);
    }
    int keep = longestOpenStart(text);
    held = text.substring(text.length() - keep);
    return text.substring(0, text.length() - keep);
  }

  /** The stop string that ended the text, if one did. */
  public Optional<String> matched() {
    return Optional.ofNullable(matched);
  }

  /** How many UTF-16 units are withheld now. */
  public int heldLength() {
    return held.length();
  }

  /** Ends the text: what was withheld turned out not to be a stop string and is released. */
  public String flush() {
    String rest = held;
    held = "";
    return rest;
  }

  private int match(String text) {
    int start = -1;
    int end = Integer.MAX_VALUE;
    for (String stop : stops) {
      int at = text.indexOf(stop);
      int stopEnd = at + stop.length();
      if (at >= 0 && (stopEnd < end || (stopEnd == end && at < start))) {
        matched = stop;
        start = at;
        end = stopEnd;
      }
    }
    return start;
  }

  private int longestOpenStart(String text) {
    int longest = 0;
    for (String stop : stops) {
      int most = Math.min(stop.length() - 1, text.length());
      for (int n = most; n > longest; n--) {
        if (text.startsWith(stop.substring(0, n), text.length() - n)) {
          longest = n;
        }
      }
    }
    return longest;
  }
}
