package dev.atrium.engine.text.jinja;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/** How Python writes values as text: {@code str()} and {@code repr()}. */
final class PythonText {

  private PythonText() {}

  /** What Python's {@code str.isspace} holds for white space. */
  static boolean isSpace(int c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
  }

  static Str str(Value value) {
    return switch (value) {
      case Str str -> str;
      case Value.Undefined _ -> Str.EMPTY;
      default -> {
        Str.Builder out = new Str.Builder();
        repr(value, out, 0);
        yield out.build();
      }
    };
  }

  static void repr(Value value, Str.Builder out, int depth) {
    switch (value) {
      case Str str -> quoted(str, out);
      case Value.None _ -> out.add("None");
      case Value.Undefined _ -> out.add("Undefined");
      case Value.Bool(boolean b) -> out.add(b ? "True" : "False");
      case Value.Int(long n) -> out.add(Long.toString(n));
      case Value.Real(double d) -> out.add(real(d));
      case Value.Seq(List<Value> items, boolean tuple) -> {
        out.add(tuple ? "(" : "[");
        for (int i = 0; i < items.size(); i++) {
          out.add(i == 0 ? "" : ", ");
          repr(items.get(i), out, Budget.nested(depth));
        }
        out.add(tuple ? (items.size() == 1 ? ",)" : ")") : "]");
      }
      case Value.Dict(Map<Value, Value> entries) -> {
        out.add("{");
        String separator = "";
        for (Map.Entry<Value, Value> entry : entries.entrySet()) {
          out.add(separator);
          repr(entry.getKey(), out, Budget.nested(depth));
          out.add(": ");
          repr(entry.getValue(), out, Budget.nested(depth));
          separator = ", ";
        }
        out.add("}");
      }
      case Value.Namespace _ -> out.add("<Namespace>");
      case Value.Macro macro -> out.add("<Macro '" + macro.definition().name() + "'>");
      case Value.Method(String name) -> out.add("<method " + name + ">");
      case LoopState _ -> out.add("<LoopContext>");
    }
  }

  private static void quoted(Str str, Str.Builder out) {
    boolean doubleQuotes = str.text().indexOf('\'') >= 0 && str.text().indexOf('"') < 0;
    char quote = doubleQuotes ? '"' : '\'';
    out.add(String.valueOf(quote));
    for (Str.Piece piece : str.pieces()) {
      StringBuilder escaped = new StringBuilder(piece.text().length() + 8);
      piece
        .text()
        .codePoints()
        .forEach(c -> escape(c, quote, escaped));
      out.add(escaped.toString(), piece.trusted());
    }
    out.add(String.valueOf(quote));
  }

  private static void escape(int c, char quote, StringBuilder out) {
    switch (c) {
      case '\\' -> out.append("\\\\");
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      default -> {
        if (c == quote) {
          out.append('\\').append(quote);
        } else if (c == ' ' || printable(c)) {
          out.appendCodePoint(c);
        } else if (c < 0x100) {
          out.append(String.format("\\x%02x", c));
        } else {
          out.append(String.format(c < 0x10000 ? "\\u%04x" : "\\U%08x", c));
        }
      }
    }
  }

  private static boolean printable(int c) {
    return switch (Character.getType(c)) {
      case
        Character.CONTROL,
        Character.FORMAT,
        Character.SURROGATE,
        Character.PRIVATE_USE,
        Character.UNASSIGNED,
        Character.LINE_SEPARATOR,
        Character.PARAGRAPH_SEPARATOR,
        Character.SPACE_SEPARATOR -> false;
      default -> true;
    };
  }

  /** The shortest text that reads back the same, with an exponent only where Python has one. */
  static String real(double d) {
    if (Double.isNaN(d)) {
      return "nan";
    }
    if (Double.isInfinite(d)) {
      return d > 0 ? "inf" : "-inf";
    }
    if (d == 0) {
      return 1 / d < 0 ? "-0.0" : "0.0";
    }
    BigDecimal decimal = new BigDecimal(Double.toString(d)).stripTrailingZeros();
    int exponent = decimal.precision() - decimal.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      String plain = decimal.toPlainString();
      return plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }
    String digits = decimal.unscaledValue().abs().toString();
    String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
    String sign = exponent < 0 ? "-" : "+";
    return (
      (d < 0 ? "-" : "") +
      digits.charAt(0) +
      fraction +
      "e" +
      sign +
      (Math.abs(exponent) < 10 ? "0" : "") +
      Math.abs(exponent)
    );
  }
}
