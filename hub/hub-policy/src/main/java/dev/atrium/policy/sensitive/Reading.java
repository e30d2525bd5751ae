package dev.atrium.policy.sensitive;

/**
 * A text as detectors read it: full-width ASCII is ASCII, every space but a line break is a space, every
 * dash is a hyphen, and invisible characters are not there. Each character knows where it stood, so that
 * findings are spans of the text as it was written.
 */
final class Reading {

  /** What is beyond either end: no letter, no digit, no space. */
  static final char NOTHING = '\n';

  private final char[] chars;
  private final int[] at;
  private final int length;

  Reading(String text) {
    chars = new char[text.length()];
    at = new int[text.length() + 1];
    int n = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!invisible(c)) {
        at[n] = i;
        chars[n++] = plain(c);
      }
    }
    length = n;
    at[n] = text.length();
  }

  private static boolean invisible(char c) {
    return (c == '\u00AD' || (c >= '\u200B' && c <= '\u200F') || c == '\u2060' || c == '\uFEFF');
  }

  /** The form without a width, with the ASCII space and the ASCII hyphen. */
  static char plain(char c) {
    if (c < '\u00A0') {
      return c == '\t' ? ' ' : c;
    }
    if (c >= '\uFF01' && c <= '\uFF5E') {
      return (char) (c - 0xFEE0);
    }
    if (c == '\u00A0' || c == '\u3000' || c == '\u202F' || (c >= '\u2000' && c <= '\u200A')) {
      return ' ';
    }
    if ((c >= '\u2010' && c <= '\u2015') || c == '\u2212') {
      return '-';
    }
    return switch (c) {
      case '｡' -> '。';
      case '｢' -> '「';
      case '｣' -> '」';
      case '､' -> '、';
      default -> c;
    };
  }

  int length() {
    return length;
  }

  /** The character at an index; {@link #NOTHING} beyond the ends. */
  char get(int i) {
    return i >= 0 && i < length ? chars[i] : NOTHING;
  }

  /** What is found from {@code start} to before {@code end} of this reading, as a span of the text. */
  Finding finding(Kind kind, int start, int end) {
    return new Finding(kind, at[start], at[end - 1] + 1);
  }

  String slice(int start, int end) {
    return new String(chars, start, end - start);
  }

  /** Whether these ASCII letters, given in lower case, stand here in any case. */
  boolean hasWord(int i, String word) {
    for (int k = 0; k < word.length(); k++) {
      if (lower(get(i + k)) != word.charAt(k)) {
        return false;
      }
    }
    return true;
  }

  /** Whether exactly these characters stand here. */
  boolean has(int i, String exactly) {
    for (int k = 0; k < exactly.length(); k++) {
      if (get(i + k) != exactly.charAt(k)) {
        return false;
      }
    }
    return true;
  }

  static boolean digit(char c) {
    return c >= '0' && c <= '9';
  }

  static boolean letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  static boolean alphanumeric(char c) {
    return digit(c) || letter(c);
  }

  static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char) (c + 32) : c;
  }

  /**
   * Whether a number may begin here: not within a word, a longer number, a decimal fraction, an amount,
   * or the parts of a serial number or UUID.
   */
  boolean numberBegins(int i) {
    char before = get(i - 1);
    if (alphanumeric(before) || before == '_' || before == '$' || before == '¥' || before == '￥') {
      return false;
    }
    char further = get(i - 2);
    return switch (before) {
      case '.', ',', ':', '/' -> !digit(further);
      case '-' -> !alphanumeric(further);
      default -> true;
    };
  }

  /** Whether a number may end before here. */
  boolean numberEnds(int end) {
    char after = get(end);
    if (alphanumeric(after) || after == '_' || after == '%' || after == '@') {
      return false;
    }
    char further = get(end + 1);
    return switch (after) {
      case '.', ',', ':', '/' -> !digit(further);
      case '-' -> !alphanumeric(further);
      default -> true;
    };
  }
}
