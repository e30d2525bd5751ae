package dev.atrium.policy.sensitive;

import java.util.Optional;

/**
 * Puts values back in place of pseudonyms, in a text that comes in pieces. What may still become a
 * pseudonym is held back, at most {@value #MOST_HELD} UTF-16 units. The text that comes out does not
 * depend on where the pieces were cut, nor on whether another restorer was continued in the middle, with
 * what had come out and what was held back. Not safe for threads.
 */
public final class Restorer {

  /** Most UTF-16 units that are held back. */
  public static final int MOST_HELD = Pseudonym.LONGEST;

  private final Pseudonyms pseudonyms;
  private final StringBuilder held;
  private char before;

  /** From the beginning of a text. */
  public Restorer(Pseudonyms pseudonyms) {
    this(pseudonyms, "", "");
  }

  /**
   * From the middle of one.
   *
   * @param shown what has come out before, or its end
   * @param held what was held back then
   */
  public Restorer(Pseudonyms pseudonyms, String shown, String held) {
    this.pseudonyms = pseudonyms;
    this.held = new StringBuilder(held);
    this.before = shown.isEmpty() ? Reading.NOTHING : shown.charAt(shown.length() - 1);
  }

  /** Takes the next piece; what can be shown now. */
  public String read(String piece) {
    if (pseudonyms.isEmpty()) {
      return piece;
    }
    held.append(piece);
    StringBuilder shown = new StringBuilder(held.length());
    int done = restore(shown, false);
    held.delete(0, done);
    if (!shown.isEmpty()) {
      before = shown.charAt(shown.length() - 1);
    }
    return shown.toString();
  }

  /** What is held back, as the model wrote it. */
  public String held() {
    return held.toString();
  }

  /** What would be shown of it if nothing more came. Changes nothing. */
  public String rest() {
    StringBuilder shown = new StringBuilder();
    restore(shown, true);
    return shown.toString();
  }

  /** Goes back to what was held back at an earlier moment, since when nothing was shown. */
  public void backTo(String heldThen) {
    held.setLength(0);
    held.append(heldThen);
  }

  /** Restores from the beginning of what is held; how much of it was shown. */
  private int restore(StringBuilder shown, boolean complete) {
    int i = 0;
    while (i < held.length()) {
      char last = shown.isEmpty() ? before : shown.charAt(shown.length() - 1);
      switch (Pseudonym.look(held, i, last, complete)) {
        case Pseudonym.Look.Perhaps _ -> {
          return i;
        }
        case Pseudonym.Look.Is(Kind kind, int number, int length) -> {
          Optional<String> value = pseudonyms.value(kind, number);
          if (value.isPresent()) {
            shown.append(value.get());
            i += length;
          } else {
            shown.append(held.charAt(i++));
          }
        }
        case Pseudonym.Look.Not _ -> shown.append(held.charAt(i++));
      }
    }
    return i;
  }
}
