package dev.atrium.engine.text.jinja;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Python's {@code json.dumps}; by default, as templates are used to, without {@code \\u} escapes. */
final class Json {

  private final Optional<String> indent;
  private final String itemSeparator;
  private final String keySeparator;
  private final boolean ascii;
  private final boolean sorted;
  private final Str.Builder out = new Str.Builder();

  private Json(Arguments args) {
    ascii = args.flag(0, "ensure_ascii", false);
    Value width = args.get(1, "indent");
    indent = switch (width) {
      case Value.None _ -> Optional.empty();
      case Str text -> Optional.of(text.text());
      default -> Optional.of(" ".repeat((int) Math.clamp(Operators.index(width), 0, 64)));
    };
    if (args.get(2, "separators") instanceof Value.Seq(List<Value> pair, boolean _)) {
      if (pair.size() != 2) {
        throw new Fault("separators are two strings");
      }
      itemSeparator = PythonText.str(pair.get(0)).text();
      keySeparator = PythonText.str(pair.get(1)).text();
    } else {
      itemSeparator = indent.isPresent() ? "," : ", ";
      keySeparator = ": ";
    }
    sorted = args.flag(3, "sort_keys", false);
  }

  static Str dumps(Value value, Arguments args) {
    Json json = new Json(args);
    json.write(value, 0);
    return json.out.build();
  }

  private void write(Value value, int depth) {
    switch (value) {
      case Str str -> string(str);
      case Value.None _ -> out.add("null");
      case Value.Bool(boolean b) -> out.add(b ? "true" : "false");
      case Value.Int(long n) -> out.add(Long.toString(n));
      case Value.Real(double d) -> out.add(real(d));
      case Value.Seq(List<Value> items, boolean _) -> list(items, Budget.nested(depth));
      case Value.Dict(Map<Value, Value> entries) -> dict(entries, Budget.nested(depth));
      default -> throw new Fault(Operators.type(value) + " can't be written as JSON");
    }
  }

  private void list(List<Value> items, int depth) {
    out.add("[");
    for (int i = 0; i < items.size(); i++) {
      separate(i, depth);
      write(items.get(i), depth);
    }
    close("]", items.isEmpty(), depth);
  }

  private void dict(Map<Value, Value> entries, int depth) {
    List<Map.Entry<Value, Value>> ordered = new ArrayList<>(entries.entrySet());
    if (sorted) {
      ordered.sort(Comparator.comparing(e -> key(e.getKey()).text()));
    }
    out.add("{");
    for (int i = 0; i < ordered.size(); i++) {
      separate(i, depth);
      string(key(ordered.get(i).getKey()));
      out.add(keySeparator);
      write(ordered.get(i).getValue(), depth);
    }
    close("}", ordered.isEmpty(), depth);
  }

  private void separate(int index, int depth) {
    out.add(index == 0 ? "" : itemSeparator);
    newLine(depth);
  }

  private void close(String bracket, boolean empty, int depth) {
    if (!empty) {
      newLine(depth - 1);
    }
    out.add(bracket);
  }

  private void newLine(int depth) {
    if (indent.isPresent()) {
      out.add("\n");
      for (int i = 0; i < depth; i++) {
        out.add(indent.get());
      }
    }
  }

  private static Str key(Value key) {
    return switch (key) {
      case Str str -> str;
      case Value.None _ -> Str.trusted("null");
      case Value.Bool(boolean b) -> Str.trusted(b ? "true" : "false");
      case Value.Real(double d) -> Str.trusted(real(d));
      default -> PythonText.str(key);
    };
  }

  private static String real(double d) {
    return Double.isNaN(d)
      ? "NaN"
      : Double.isInfinite(d) ? (d > 0 ? "Infinity" : "-Infinity") : PythonText.real(d);
  }

  private void string(Str str) {
    out.add("\"");
    for (Str.Piece piece : str.pieces()) {
      StringBuilder escaped = new StringBuilder(piece.text().length() + 8);
      for (int i = 0; i < piece.text().length(); i++) {
        escape(piece.text().charAt(i), escaped);
      }
      out.add(escaped.toString(), piece.trusted());
    }
    out.add("\"");
  }

  private void escape(char c, StringBuilder into) {
    switch (c) {
      case '"' -> into.append("\\\"");
      case '\\' -> into.append("\\\\");
      case '\n' -> into.append("\\n");
      case '\r' -> into.append("\\r");
      case '\t' -> into.append("\\t");
      case '\b' -> into.append("\\b");
      case '\f' -> into.append("\\f");
      default -> {
        if (c < 0x20 || (ascii && c > 0x7E)) {
          into.append(String.format("\\u%04x", (int) c));
        } else {
          into.append(c);
        }
      }
    }
  }
}
