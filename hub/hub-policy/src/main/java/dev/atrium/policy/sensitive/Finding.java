package dev.atrium.policy.sensitive;

/**
 * Where something sensitive is in a text; never what it says.
 *
 * @param start of the first of its UTF-16 units
 * @param end behind the last
 */
public record Finding(Kind kind, int start, int end) {
  public Finding {
    if (start < 0 || end <= start) {
      throw new IllegalArgumentException("from " + start + " to " + end);
    }
  }

  /** Whether the two share at least one character. */
  public boolean overlaps(Finding other) {
    return start < other.end && other.start < end;
  }
}
