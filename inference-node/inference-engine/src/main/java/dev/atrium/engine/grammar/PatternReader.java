package dev.atrium.engine.grammar;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads the regular expressions of {@code pattern} (ECMA-262, with Unicode) as those of the JSON
 * strings that match. What is not regular is not known: references back, looking around, borders of
 * words; nor are properties of Unicode. {@code ^} and {@code $} may stand at the ends of a way only.
 */
final class PatternReader {

  /** What is wrong with a pattern, or not known, in a few words. */
  static final class NotKnown extends RuntimeException {

    private static final long serialVersionUID = 1L;

    NotKnown(String reason) {
      super(reason);
    }
  }

  private static final int MOST_REPEATS = 1_000;
  private static final int MOST_NESTING = 50;
  private static final Regex ANY_TEXT = Regex.repeat(Chars.all().spelled(), 0, Regex.ANY);

  private final int[] pattern;
  private int at;
  private int nesting;

  private PatternReader(String pattern) {
    this.pattern = pattern.codePoints().toArray();
  }

  /**
   * The JSON strings, quotes included, in which the pattern is found.
   *
   * @throws NotKnown if it can't be followed
   */
  static Regex read(String pattern) {
    PatternReader reader = new PatternReader(pattern);
    List<Regex> ways = new ArrayList<>();
    do {
      ways.add(reader.way());
    } while (reader.takes('|'));
    if (reader.at < reader.pattern.length) {
      throw new NotKnown("has a bracket too many");
    }
    return Regex.seq(Regex.text("\""), new Regex.Alt(ways), Regex.text("\""));
  }

  /** Before and after a way that has no anchor anything may stand. */
  private Regex way() {
    List<Regex> parts = new ArrayList<>();
    if (!takes('^')) {
      parts.add(ANY_TEXT);
    }
    boolean anchored = false;
    while (at < pattern.length && pattern[at] != '|' && pattern[at] != ')') {
      if (takes('$')) {
        anchored = true;
        break;
      }
      parts.add(repeated());
    }
    if (!anchored) {
      parts.add(ANY_TEXT);
    } else if (at < pattern.length && pattern[at] != '|') {
      throw new NotKnown("has a $ before its end");
    }
    return new Regex.Seq(parts);
  }

  private Regex alternatives() {
    if (++nesting > MOST_NESTING) {
      throw new NotKnown("is nested too deeply");
    }
    List<Regex> ways = new ArrayList<>();
    do {
      List<Regex> parts = new ArrayList<>();
      while (at < pattern.length && pattern[at] != '|' && pattern[at] != ')') {
        parts.add(repeated());
      }
      ways.add(new Regex.Seq(parts));
    } while (takes('|'));
    nesting--;
    return new Regex.Alt(ways);
  }

  private Regex repeated() {
    Regex part = atom();
    int min;
    int max;
    if (takes('*')) {
      min = 0;
      max = Regex.ANY;
    } else if (takes('+')) {
      min = 1;
      max = Regex.ANY;
    } else if (takes('?')) {
      min = 0;
      max = 1;
    } else if (takes('{')) {
      min = number();
      max = min;
      if (takes(',')) {
        max = at < pattern.length && pattern[at] == '}' ? Regex.ANY : number();
      }
      if (!takes('}') || (max != Regex.ANY && max < min)) {
        throw new NotKnown("has a count that can't be read");
      }
    } else {
      return part;
    }
    // Greedy or not: the same texts match.
    takes('?');
    return Regex.repeat(part, min, max);
  }

  private int number() {
    int value = 0;
    int from = at;
    while (at < pattern.length && pattern[at] >= '0' && pattern[at] <= '9') {
      value = value * 10 + pattern[at++] - '0';
      if (value > MOST_REPEATS) {
        throw new NotKnown("repeats more than " + MOST_REPEATS + " times");
      }
    }
    if (at == from) {
      throw new NotKnown("has a count that can't be read");
    }
    return value;
  }

  private Regex atom() {
    int c = pattern[at++];
    return switch (c) {
      case '(' -> group();
      case '[' -> chars().spelled();
      case '.' -> Chars.of("\n\r\u2028\u2029").others().spelled();
      case '\\' -> escape().spelled();
      case '^', '$' -> throw new NotKnown("has an anchor that is not at its end");
      case '*', '+', '?', '{', '}', ']' -> throw new NotKnown(
        "has a sign that has no meaning there"
      );
      default -> Chars.of(c, c).spelled();
    };
  }

  private Regex group() {
    if (takes('?') && !takes(':')) {
      throw new NotKnown("looks around or names a group");
    }
    Regex inner = alternatives();
    if (!takes(')')) {
      throw new NotKnown("has a bracket too few");
    }
    return inner;
  }

  private Chars chars() {
    boolean negated = takes('^');
    Chars chars = new Chars();
    while (!takes(']')) {
      if (at == pattern.length) {
        throw new NotKnown("has a bracket too few");
      }
      int from = pattern[at];
      Chars one = inClass();
      boolean range = at + 1 < pattern.length && pattern[at] == '-' && pattern[at + 1] != ']';
      if (!range) {
        chars.with(one);
        continue;
      }
      at++;
      int low = one.single(from);
      int next = pattern[at];
      int high = inClass().single(next);
      if (high < low) {
        throw new NotKnown("has a range that runs backwards");
      }
      chars.with(low, high);
    }
    return negated ? chars.others() : chars;
  }

  private Chars inClass() {
    int c = pattern[at++];
    return c == '\\' ? escape() : Chars.of(c, c);
  }

  private Chars escape() {
    if (at == pattern.length) {
      throw new NotKnown("ends with a backslash");
    }
    int c = pattern[at++];
    return switch (c) {
      case 'd' -> digits();
      case 'D' -> digits().others();
      case 'w' -> words();
      case 'W' -> words().others();
      case 's' -> spaces();
      case 'S' -> spaces().others();
      case 'n' -> Chars.of("\n");
      case 'r' -> Chars.of("\r");
      case 't' -> Chars.of("\t");
      case 'f' -> Chars.of("\f");
      case 'v' -> Chars.of("\u000b");
      case 'x' -> hex(2);
      case 'u' -> hex(4);
      default -> {
        if (Character.isLetterOrDigit(c)) {
          throw new NotKnown("has \\" + Character.toString(c));
        }
        yield Chars.of(c, c);
      }
    };
  }

  private Chars hex(int digits) {
    int value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = at < pattern.length ? Character.digit(pattern[at++], 16) : -1;
      if (digit < 0) {
        throw new NotKnown("has a number of a character that can't be read");
      }
      value = value * 16 + digit;
    }
    if (value >= Character.MIN_SURROGATE && value <= Character.MAX_SURROGATE) {
      throw new NotKnown("has half a character");
    }
    return Chars.of(value, value);
  }

  private static Chars digits() {
    return Chars.of('0', '9');
  }

  private static Chars words() {
    return digits().with('a', 'z').with('A', 'Z').with('_', '_');
  }

  private static Chars spaces() {
    return Chars.of("\t\n\u000b\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff").with(
      0x2000,
      0x200a
    );
  }

  private boolean takes(char c) {
    boolean there = at < pattern.length && pattern[at] == c;
    at += there ? 1 : 0;
    return there;
  }
}
