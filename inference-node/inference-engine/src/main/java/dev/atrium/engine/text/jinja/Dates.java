package dev.atrium.engine.text.jinja;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;

/** The directives of Python's {@code strftime} that templates use, in English. */
final class Dates {

  private static final Map<Character, String> PATTERNS = Map.ofEntries(
    Map.entry('Y', "uuuu"),
    Map.entry('y', "uu"),
    Map.entry('m', "MM"),
    Map.entry('d', "dd"),
    Map.entry('e', "ppd"),
    Map.entry('B', "MMMM"),
    Map.entry('b', "MMM"),
    Map.entry('A', "EEEE"),
    Map.entry('a', "EEE"),
    Map.entry('H', "HH"),
    Map.entry('I', "hh"),
    Map.entry('M', "mm"),
    Map.entry('S', "ss"),
    Map.entry('p', "a"),
    Map.entry('j', "DDD"),
    Map.entry('Z', "zzz"),
    Map.entry('z', "xx"),
    Map.entry('F', "uuuu-MM-dd"),
    Map.entry('T', "HH:mm:ss")
  );

  private Dates() {}

  static String format(String format, ZonedDateTime time) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%' || i + 1 == format.length()) {
        out.append(c);
        continue;
      }
      char directive = format.charAt(++i);
      boolean unpadded = directive == '-' && i + 1 < format.length();
      if (unpadded) {
        directive = format.charAt(++i);
      }
      String text = directive == '%' ? "%" : field(directive, time);
      out.append(unpadded ? text.replaceFirst("^0+(?=.)", "") : text);
    }
    return out.toString();
  }

  private static String field(char directive, ZonedDateTime time) {
    String pattern = PATTERNS.get(directive);
    if (pattern == null) {
      throw new Fault("the date directive \"%" + directive + "\" is not supported");
    }
    return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(time);
  }
}
