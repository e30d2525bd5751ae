package dev.atrium.engine.text.jinja;

import java.util.HexFormat;

/** The escapes of string literals, as Python reads them. */
final class Escapes {

  private Escapes() {}

  static String decode(String literal, At at) {
    if (literal.indexOf('\\') < 0) {
      return literal;
    }
    StringBuilder out = new StringBuilder(literal.length());
    for (int i = 0; i < literal.length(); i++) {
      char c = literal.charAt(i);
      if (c != '\\') {
        out.append(c);
        continue;
      }
      i = escape(literal, i + 1, out, at);
    }
    return out.toString();
  }

  /** Decodes the escape whose letter is at {@code i}; returns the index of its last character. */
  private static int escape(String literal, int i, StringBuilder out, At at) {
    char c = literal.charAt(i);
    switch (c) {
      case '\n' -> {}
      case '\\', '\'', '"' -> out.append(c);
      case 'a' -> out.append('\u0007');
      case 'b' -> out.append('\b');
      case 'f' -> out.append('\f');
      case 'n' -> out.append('\n');
      case 'r' -> out.append('\r');
      case 't' -> out.append('\t');
      case 'v' -> out.append('\u000B');
      case 'x' -> {
        return hex(literal, i, 2, out, at);
      }
      case 'u' -> {
        return hex(literal, i, 4, out, at);
      }
      case 'U' -> {
        return hex(literal, i, 8, out, at);
      }
      case 'N' -> throw new JinjaException(at, "named characters are not supported in strings");
      case '0', '1', '2', '3', '4', '5', '6', '7' -> {
        int end = i;
        while (end < literal.length() && end < i + 3 && isOctal(literal.charAt(end))) {
          end++;
        }
        out.appendCodePoint(Integer.parseInt(literal, i, end, 8));
        return end - 1;
      }
      default -> out.append('\\').append(c);
    }
    return i;
  }

  private static boolean isOctal(char c) {
    return c >= '0' && c <= '7';
  }

  private static int hex(String literal, int i, int digits, StringBuilder out, At at) {
    int end = i + 1 + digits;
    if (
      end <= literal.length() &&
      literal.substring(i + 1, end).chars().allMatch(HexFormat::isHexDigit)
    ) {
      int value = Integer.parseUnsignedInt(literal, i + 1, end, 16);
      if (Character.isValidCodePoint(value)) {
        out.appendCodePoint(value);
        return end - 1;
      }
    }
    throw new JinjaException(at, "a string has a broken \\" + literal.charAt(i) + " escape");
  }
}
