package dev.atrium.engine.text.jinja;

import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The functions that templates may call. */
final class Functions {

  /** What a function does. */
  @FunctionalInterface
  interface Body {
    Value apply(Arguments args, Evaluator evaluator);
  }

  /** A function by name. */
  record Function(Signature signature, Body body) {}

  private static final Map<String, Function> ALL = Map.of(
    "range",
    new Function(Signature.of("range", 1, "start", "stop", "step"), (args, _) -> range(args)),
    "namespace",
    new Function(Signature.open("namespace", 0), (args, _) -> namespace(args)),
    "dict",
    new Function(Signature.open("dict", 0), (args, _) -> new Value.Dict(entries(args))),
    "raise_exception",
    new Function(Signature.of("raise_exception", 1, "message"), (args, _) -> {
      throw new Fault(PythonText.str(args.get(0, "message")).text());
    }),
    "strftime_now",
    new Function(Signature.of("strftime_now", 1, "format"), (args, evaluator) ->
      Str.trusted(
        Dates.format(args.string(0, "format").text(), ZonedDateTime.now(evaluator.clock()))
      )
    )
  );

  private Functions() {}

  /** The function of that name, or null. */
  static Function find(String name) {
    return ALL.get(name);
  }

  private static Value range(Arguments args) {
    boolean one = args.positional().size() == 1 && args.named().isEmpty();
    long start = one ? 0 : Operators.index(args.get(0, "start"));
    long stop = Operators.index(one ? args.get(0, "start") : args.get(1, "stop"));
    long step = args.integer(2, "step", 1);
    if (step == 0) {
      throw new Fault("the step of a range is zero");
    }
    double count = Math.ceil(((double) stop - start) / step);
    List<Value> numbers = new ArrayList<>(Budget.items((long) count));
    for (long i = 0; i < count; i++) {
      numbers.add(new Value.Int(start + i * step));
    }
    return Value.Seq.list(numbers);
  }

  private static Value namespace(Arguments args) {
    Value.Namespace namespace = new Value.Namespace();
    entries(args).forEach((key, value) ->
      namespace.members.put(Arguments.requireString(key).text(), value)
    );
    return namespace;
  }

  private static Map<Value, Value> entries(Arguments args) {
    Map<Value, Value> entries = new LinkedHashMap<>();
    for (Value start : args.positional()) {
      if (!(start instanceof Value.Dict(Map<Value, Value> given))) {
        throw new Fault("a dictionary is needed, not " + Operators.type(start));
      }
      entries.putAll(given);
    }
    args.named().forEach((name, value) -> entries.put(Str.trusted(name), value));
    return entries;
  }
}
