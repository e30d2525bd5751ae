package dev.atrium.engine.text.jinja;

import static dev.atrium.engine.text.jinja.Filters.add;

import java.util.List;
import java.util.Map;

/** Filters that make text or a number of one value. */
final class TextFilters {

  private TextFilters() {}

  static void addTo(Map<String, Filters.Filter> all) {
    add(all, "string", 0, (v, _, _) -> PythonText.str(v));
    add(all, "safe", 0, (v, _, _) -> PythonText.str(v));
    add(all, "upper", 0, (v, _, _) -> Strings.upper(PythonText.str(v)));
    add(all, "lower", 0, (v, _, _) -> Strings.lower(PythonText.str(v)));
    add(all, "capitalize", 0, (v, _, _) -> Strings.capitalize(PythonText.str(v)));
    add(all, "title", 0, (v, _, _) -> title(PythonText.str(v)));
    add(
      all,
      "trim",
      0,
      (v, a, _) -> Strings.strip(PythonText.str(v), Strings.chars(a), true, true),
      "chars"
    );
    add(
      all,
      "replace",
      2,
      (v, a, ev) -> {
        Str text = PythonText.str(v);
        Str old = PythonText.str(a.get(0, "old"));
        ev.budget().search(text, old);
        return Strings.replace(
          text,
          old,
          PythonText.str(a.get(1, "new")),
          a.integer(2, "count", -1)
        );
      },
      "old",
      "new",
      "count"
    );
    add(all, "indent", 0, (v, a, _) -> indent(PythonText.str(v), a), "width", "first", "blank");
    add(all, "escape", 0, (v, _, _) -> PythonText.str(v).map(TextFilters::escaped));
    add(all, "format", 0, (v, a, _) ->
      PercentFormat.format(PythonText.str(v), new Value.Seq(a.positional(), true))
    );
    all.computeIfPresent("format", (name, f) ->
      new Filters.Filter(name, Signature.open(name, 0), f.body())
    );
    add(all, "wordcount", 0, (v, _, _) -> {
      Value words = Strings.split(PythonText.str(v), Arguments.NONE);
      return new Value.Int(((Value.Seq) words).items().size());
    });
    add(
      all,
      "tojson",
      0,
      (v, a, _) -> Json.dumps(v, a),
      "ensure_ascii",
      "indent",
      "separators",
      "sort_keys"
    );
    numbers(all);
    add(
      all,
      "default",
      0,
      (v, a, _) -> {
        boolean absent =
          v instanceof Value.Undefined || (a.flag(1, "boolean", false) && !Operators.truthy(v));
        return absent ? a.get(0, "default_value", Str.EMPTY) : v;
      },
      "default_value",
      "boolean"
    );
  }

  private static void numbers(Map<String, Filters.Filter> all) {
    add(all, "int", 0, (v, a, _) -> integer(v, a), "default", "base");
    add(all, "float", 0, (v, a, _) -> real(v, a.get(0, "default", new Value.Real(0))), "default");
    add(all, "abs", 0, (v, _, _) -> {
      boolean negative = !(v instanceof Value.Bool) && Operators.real(v) < 0;
      return negative ? Numbers.negate(v) : v;
    });
    add(all, "round", 0, (v, a, _) -> round(v, a), "precision", "method");
  }

  private static Value integer(Value value, Arguments args) {
    Value fallback = args.get(0, "default", new Value.Int(0));
    try {
      return switch (value) {
        case Value.Int _ -> value;
        case Value.Bool(boolean b) -> new Value.Int(b ? 1 : 0);
        case Value.Real(double d) -> Double.isFinite(d) ? new Value.Int((long) d) : fallback;
        case Str str -> {
          String text = Strings.strip(str, null, true, true).text().replace("_", "");
          int base = (int) Math.clamp(args.integer(1, "base", 10), 2, 36);
          yield base == 10 && !text.matches("[-+]?\\d+")
            ? new Value.Int((long) Double.parseDouble(text))
            : new Value.Int(Long.parseLong(text.replaceFirst("^0[xXoObB]", ""), base));
        }
        default -> fallback;
      };
    } catch (NumberFormatException _) {
      return fallback;
    }
  }

  private static Value real(Value value, Value fallback) {
    try {
      return switch (value) {
        case Str str -> new Value.Real(
          Double.parseDouble(Strings.strip(str, null, true, true).text().replace("_", ""))
        );
        case Value.Int _, Value.Bool _, Value.Real _ -> new Value.Real(Operators.real(value));
        default -> fallback;
      };
    } catch (NumberFormatException _) {
      return fallback;
    }
  }

  private static Value round(Value value, Arguments args) {
    double scale = Math.pow(10, (double) args.integer(0, "precision", 0));
    double number = Operators.real(value) * scale;
    String method = args.has(1, "method") ? args.string(1, "method").text() : "common";
    double rounded = switch (method) {
      case "common" -> Math.rint(number);
      case "ceil" -> Math.ceil(number);
      case "floor" -> Math.floor(number);
      default -> throw new Fault("round knows common, ceil and floor");
    };
    return new Value.Real(rounded / scale);
  }

  /** A capital after white space, a hyphen or an opening bracket; unlike the method of strings. */
  private static Str title(Str str) {
    Str.Builder out = new Str.Builder();
    boolean start = true;
    for (Value value : str.characters()) {
      Str c = (Str) value;
      out.add(start ? Strings.upper(c) : Strings.lower(c));
      int code = c.text().codePointAt(0);
      start = PythonText.isSpace(code) || "-({[<".indexOf(code) >= 0;
    }
    return out.build();
  }

  private static Str indent(Str str, Arguments args) {
    Value width = args.get(0, "width", new Value.Int(4));
    Str space = width instanceof Str given
      ? given
      : Str.trusted(" ".repeat((int) Math.clamp(Operators.index(width), 0, 1000)));
    boolean blank = args.flag(2, "blank", false);
    // As Jinja does: a newline more, which the cutting into lines takes away again.
    Str text = new Str.Builder().add(str).add("\n").build();
    List<Value> lines = Strings.lines(text, false);
    Str.Builder out = new Str.Builder();
    for (int i = 0; i < lines.size(); i++) {
      Str line = (Str) lines.get(i);
      boolean indented = i == 0 ? args.flag(1, "first", false) : blank || !line.isEmpty();
      out.add(i == 0 ? "" : "\n");
      if (indented) {
        out.add(space);
      }
      out.add(line);
    }
    return out.build();
  }

  private static String escaped(String text) {
    return text
      .replace("&", "&amp;")
      .replace("<", "&lt;")
      .replace(">", "&gt;")
      .replace("\"", "&#34;")
      .replace("'", "&#39;");
  }
}
