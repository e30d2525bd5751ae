package dev.atrium.audit;

import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The JSON Canonicalization Scheme (RFC 8785) for the values that an audit record may hold. Numbers
 * are whole and within ±(2^53 − 1), where every reader of JSON agrees on them.
 */
final class CanonicalJson {

  private static final long LARGEST = (1L << 53) - 1;
  private static final DateTimeFormatter TIMESTAMP = DateTimeFormatter.ofPattern(
    "uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'"
  ).withZone(ZoneOffset.UTC);

  private CanonicalJson() {}

  static String timestamp(Instant at) {
    return TIMESTAMP.format(at);
  }

  static byte[] write(Object value) {
    var out = new StringBuilder();
    write(out, value);
    try {
      // A lone surrogate must fail here and not become a question mark that hides a difference.
      var bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(out));
      var result = new byte[bytes.remaining()];
      bytes.get(result);
      return result;
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("half a character in an audit record", e);
    }
  }

  private static void write(StringBuilder out, Object value) {
    switch (value) {
      case null -> out.append("null");
      case String s -> string(out, s);
      case Boolean b -> out.append(b.booleanValue());
      case Long n -> number(out, n);
      case Integer n -> number(out, n);
      case Map<?, ?> map -> object(out, map);
      case List<?> list -> {
        out.append('[');
        for (var i = 0; i < list.size(); i++) {
          out.append(i == 0 ? "" : ",");
          write(out, list.get(i));
        }
        out.append(']');
      }
      default -> throw new IllegalArgumentException(
        "an audit record can't hold a " + value.getClass().getName()
      );
    }
  }

  private static void object(StringBuilder out, Map<?, ?> map) {
    // Sorted by UTF-16 code units, which is what String.compareTo does.
    var sorted = new TreeMap<String, Object>();
    map.forEach((name, value) -> sorted.put((String) name, value));
    out.append('{');
    var first = true;
    for (var entry : sorted.entrySet()) {
      out.append(first ? "" : ",");
      first = false;
      string(out, entry.getKey());
      out.append(':');
      write(out, entry.getValue());
    }
    out.append('}');
  }

  private static void number(StringBuilder out, long n) {
    if (Math.abs(n) > LARGEST || n == Long.MIN_VALUE) {
      throw new IllegalArgumentException("the number " + n + " is too large for an audit record");
    }
    out.append(n);
  }

  private static void string(StringBuilder out, String s) {
    out.append('"');
    for (var i = 0; i < s.length(); i++) {
      var c = s.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\b' -> out.append("\\b");
        case '\t' -> out.append("\\t");
        case '\n' -> out.append("\\n");
        case '\f' -> out.append("\\f");
        case '\r' -> out.append("\\r");
        default -> {
          if (c < 0x20) {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
