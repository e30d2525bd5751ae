package dev.atrium.engine.text.jinja;

import java.util.List;

/** Python's {@code '%s' % value} with {@code %s}, {@code %r}, {@code %d} and {@code %%}. */
final class PercentFormat {

  private PercentFormat() {}

  static Str format(Str pattern, Value arguments) {
    List<Value> values = arguments instanceof Value.Seq seq && seq.tuple()
      ? seq.items()
      : List.of(arguments);
    Str.Builder out = new Str.Builder();
    String text = pattern.text();
    int used = 0;
    int done = 0;
    for (int at = text.indexOf('%'); at >= 0; at = text.indexOf('%', done)) {
      out.add(pattern, done, at);
      char kind = at + 1 < text.length() ? text.charAt(at + 1) : 0;
      if (kind == '%') {
        out.add("%");
      } else {
        if (used == values.size()) {
          throw new Fault("there are not enough values for the format");
        }
        value(kind, values.get(used++), out);
      }
      done = at + 2;
    }
    if (used < values.size()) {
      throw new Fault("there are more values than the format has places");
    }
    return out.add(pattern, Math.min(done, text.length()), text.length()).build();
  }

  private static void value(char kind, Value value, Str.Builder out) {
    switch (kind) {
      case 's' -> out.add(PythonText.str(value));
      case 'r' -> PythonText.repr(value, out, 0);
      case 'd', 'i' -> {
        double number = Operators.real(value);
        out.add(Long.toString((long) number));
      }
      default -> throw new Fault("the format \"%" + kind + "\" is not supported");
    }
  }
}
