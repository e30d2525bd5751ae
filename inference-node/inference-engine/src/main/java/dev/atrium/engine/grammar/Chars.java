package dev.atrium.engine.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * A set of characters, and how a JSON string spells one of them: as UTF-8, and only where JSON wants
 * it with a backslash. Surrogates are no characters.
 */
final class Chars {

  private static final int LAST = Character.MAX_CODE_POINT;

  /** First code point of each range, with its last; ranges neither touch nor overlap. */
  private final TreeMap<Integer, Integer> ranges = new TreeMap<>();

  static Chars of(int from, int to) {
    return new Chars().with(from, to);
  }

  static Chars of(String each) {
    Chars chars = new Chars();
    each.codePoints().forEach(c -> chars.with(c, c));
    return chars;
  }

  static Chars all() {
    return of(0, LAST);
  }

  Chars with(int from, int to) {
    int first = from;
    int last = to;
    var before = ranges.floorEntry(from);
    if (before != null && before.getValue() >= from - 1) {
      first = before.getKey();
      last = Math.max(last, before.getValue());
    }
    var after = ranges.subMap(first, true, last == LAST ? LAST : last + 1, true);
    for (int end : List.copyOf(after.values())) {
      last = Math.max(last, end);
    }
    after.clear();
    ranges.put(first, last);
    return this;
  }

  Chars with(Chars other) {
    other.ranges.forEach(this::with);
    return this;
  }

  Chars others() {
    Chars others = new Chars();
    int next = 0;
    for (var range : ranges.entrySet()) {
      if (range.getKey() > next) {
        others.with(next, range.getKey() - 1);
      }
      next = range.getValue() + 1;
    }
    return next <= LAST ? others.with(next, LAST) : others;
  }

  /**
   * The only one.
   *
   * @param written what stands for it in a pattern, for the complaint
   */
  int single(int written) {
    if (
      ranges.size() != 1 || !ranges.firstEntry().getKey().equals(ranges.firstEntry().getValue())
    ) {
      throw new PatternReader.NotKnown(
        "has a range from " + Character.toString(written) + " and what follows it"
      );
    }
    return ranges.firstKey();
  }

  /** One of them, within a JSON string. */
  Regex spelled() {
    List<Regex> ways = new ArrayList<>();
    ranges.forEach((from, to) -> {
      for (int c = from; c <= Math.min(to, 0x1F); c++) {
        ways.add(Regex.text(escaped(c)));
      }
      for (int c : new int[] { '"', '\\' }) {
        if (from <= c && c <= to) {
          ways.add(Regex.text(escaped(c)));
        }
      }
      plain(from, to, 0x20, '"' - 1, ways);
      plain(from, to, '"' + 1, '\\' - 1, ways);
      plain(from, to, '\\' + 1, 0x7F, ways);
      plain(from, to, 0x80, 0x7FF, ways);
      plain(from, to, 0x800, 0xD7FF, ways);
      plain(from, to, 0xE000, 0xFFFF, ways);
      plain(from, to, 0x10000, LAST, ways);
    });
    return new Regex.Alt(ways);
  }

  private static String escaped(int c) {
    return switch (c) {
      case '"', '\\' -> "\\" + (char) c;
      case '\b' -> "\\b";
      case '\f' -> "\\f";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> "\\u%04x".formatted(c);
    };
  }

  private static void plain(int from, int to, int least, int most, List<Regex> ways) {
    int first = Math.max(from, least);
    int last = Math.min(to, most);
    if (first <= last) {
      ways.add(between(utf8(first), utf8(last), 0));
    }
  }

  private static byte[] utf8(int c) {
    return Character.toString(c).getBytes(StandardCharsets.UTF_8);
  }

  /** Characters between two whose UTF-8 is of the same length, from a byte of it on. */
  private static Regex between(byte[] low, byte[] high, int at) {
    if (at == low.length) {
      return Regex.seq();
    }
    int from = low[at] & 0xff;
    int to = high[at] & 0xff;
    if (from == to) {
      return Regex.seq(Regex.range(from, to), between(low, high, at + 1));
    }
    boolean wholeLow = rest(low, at, 0x80);
    boolean wholeHigh = rest(high, at, 0xBF);
    int first = wholeLow ? from : from + 1;
    int last = wholeHigh ? to : to - 1;
    int more = low.length - at - 1;
    List<Regex> ways = new ArrayList<>();
    if (first <= last) {
      Regex any = Regex.repeat(Regex.range(0x80, 0xBF), more, more);
      ways.add(Regex.seq(Regex.range(first, last), any));
    }
    if (!wholeLow) {
      ways.add(Regex.seq(Regex.range(from, from), between(low, filled(low, at, 0xBF), at + 1)));
    }
    if (!wholeHigh) {
      ways.add(Regex.seq(Regex.range(to, to), between(filled(high, at, 0x80), high, at + 1)));
    }
    return new Regex.Alt(ways);
  }

  private static boolean rest(byte[] bytes, int after, int value) {
    for (int i = after + 1; i < bytes.length; i++) {
      if ((bytes[i] & 0xff) != value) {
        return false;
      }
    }
    return true;
  }

  private static byte[] filled(byte[] bytes, int after, int value) {
    byte[] filled = bytes.clone();
    for (int i = after + 1; i < filled.length; i++) {
      filled[i] = (byte) value;
    }
    return filled;
  }
}
