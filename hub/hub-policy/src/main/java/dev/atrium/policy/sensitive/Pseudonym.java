package dev.atrium.policy.sensitive;

import java.util.Optional;

/**
 * The form of a pseudonym, {@code [PHONE_1]}, and the variations of it that models write. ASCII, since
 * tokenizers have its parts as whole tokens, which they have not of rarer brackets.
 */
final class Pseudonym {

  /** Longest that is recognised, in UTF-16 units: a bracket, a space, a name, a number, a space, a bracket. */
  static final int LONGEST = 24;

  static final int MOST = 9_999;
  private static final int MOST_DIGITS = 4;
  private static final String OPENING = "[⟦【〚［";
  private static final String CLOSING = "]⟧】〛］";
  /** The first letters of all names. */
  private static final String FIRST = "sSpPiIbBeEwW";

  /** What stands at a place of a text. */
  sealed interface Look {
    /** No pseudonym. */
    record Not() implements Look {}

    /** It may become one when the text goes on. */
    record Perhaps() implements Look {}

    /** One of so many UTF-16 units. */
    record Is(Kind kind, int number, int length) implements Look {}
  }

  private static final Look NOT = new Look.Not();
  private static final Look PERHAPS = new Look.Perhaps();

  private final CharSequence text;
  private final boolean complete;
  private int at;
  private boolean bracketed;
  private boolean cut;

  private Pseudonym(CharSequence text, int at, boolean complete) {
    this.text = text;
    this.at = at;
    this.complete = complete;
  }

  static String of(Kind kind, int number) {
    return "[" + kind.name() + "_" + number + "]";
  }

  /**
   * Looks whether a pseudonym begins at an index. In brackets case does not matter, and {@code _} may be
   * missing, a space, a hyphen or escaped as in Markdown. Without brackets only the case may differ and
   * the underscore be escaped, and no letter, digit or underscore may be next to it.
   *
   * @param before the character before, a line break if there is none
   * @param complete whether nothing follows the text
   */
  static Look look(CharSequence text, int at, char before, boolean complete) {
    char c = text.charAt(at);
    return FIRST.indexOf(c) < 0 && OPENING.indexOf(c) < 0
      ? NOT
      : new Pseudonym(text, at, complete).look(before);
  }

  private Look look(char before) {
    int start = at;
    bracketed = take(OPENING);
    if (!bracketed && (Reading.alphanumeric(before) || before == '_')) {
      return NOT;
    }
    if (bracketed) {
      take(" ");
    }
    Optional<Kind> kind = kind();
    if (kind.isEmpty()) {
      return cut ? PERHAPS : NOT;
    }
    int digits = at;
    while (at < text.length() && Reading.digit(text.charAt(at)) && at - digits <= MOST_DIGITS) {
      at++;
    }
    int end = at;
    boolean closed = bracketed && closed();
    boolean ends = closed || (!bracketed && !goesOn());
    if (cut) {
      return PERHAPS;
    }
    if (end == digits || end - digits > MOST_DIGITS || text.charAt(digits) == '0' || !ends) {
      return NOT;
    }
    int number = Integer.parseInt(text, digits, end, 10);
    return new Look.Is(kind.get(), number, (closed ? at : end) - start);
  }

  private boolean closed() {
    take(" ");
    return take(CLOSING);
  }

  /** Whether a letter, digit or underscore follows. */
  private boolean goesOn() {
    if (ended()) {
      return false;
    }
    char next = text.charAt(at);
    return Reading.alphanumeric(next) || next == '_';
  }

  /** The kind whose name stands here, with what joins it to its number; no name begins another. */
  private Optional<Kind> kind() {
    int start = at;
    boolean undecided = false;
    for (Kind kind : Kind.values()) {
      at = start;
      cut = false;
      if (name(kind.name()) && join()) {
        return Optional.of(kind);
      }
      undecided |= cut;
    }
    cut = undecided;
    return Optional.empty();
  }

  private boolean name(String name) {
    for (int i = 0; i < name.length(); i++) {
      if (name.charAt(i) == '_' ? !join() : !takeLetter(name.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private boolean takeLetter(char upper) {
    if (ended() || Reading.lower(text.charAt(at)) != Reading.lower(upper)) {
      return false;
    }
    at++;
    return true;
  }

  /** An underscore, or what stands for one. */
  private boolean join() {
    if (take("_")) {
      return true;
    }
    if (take("\\")) {
      return take("_");
    }
    return bracketed && (take(" -") || !cut);
  }

  private boolean take(String anyOf) {
    if (ended() || anyOf.indexOf(text.charAt(at)) < 0) {
      return false;
    }
    at++;
    return true;
  }

  /** Whether the text ends here; notes that the answer may change when it goes on. */
  private boolean ended() {
    if (at < text.length()) {
      return false;
    }
    cut |= !complete;
    return true;
  }
}
