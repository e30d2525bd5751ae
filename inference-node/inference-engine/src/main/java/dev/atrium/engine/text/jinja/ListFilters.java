package dev.atrium.engine.text.jinja;

import static dev.atrium.engine.text.jinja.Filters.add;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Filters that go through several values. */
final class ListFilters {

  private ListFilters() {}

  static void addTo(Map<String, Filters.Filter> all) {
    parts(all);
    ordered(all);
    open(all, "map", 0, ListFilters::map);
    open(all, "select", 0, (v, a, ev) -> pick(v, a, ev, true, false));
    open(all, "reject", 0, (v, a, ev) -> pick(v, a, ev, false, false));
    open(all, "selectattr", 1, (v, a, ev) -> pick(v, a, ev, true, true));
    open(all, "rejectattr", 1, (v, a, ev) -> pick(v, a, ev, false, true));
  }

  private static void open(
    Map<String, Filters.Filter> all,
    String name,
    int required,
    Filters.Body body
  ) {
    all.put(name, new Filters.Filter(name, Signature.open(name, required), body));
  }

  private static void parts(Map<String, Filters.Filter> all) {
    add(all, "length", 0, (v, _, _) -> new Value.Int(length(v)));
    add(all, "list", 0, (v, _, ev) -> Value.Seq.list(all(v, ev)));
    add(all, "first", 0, (v, _, ev) -> {
      List<Value> items = all(v, ev);
      return items.isEmpty() ? new Value.Undefined("the first item") : items.getFirst();
    });
    add(all, "last", 0, (v, _, ev) -> {
      List<Value> items = all(v, ev);
      return items.isEmpty() ? new Value.Undefined("the last item") : items.getLast();
    });
    add(all, "reverse", 0, (v, _, ev) ->
      v instanceof Str str ? Strings.reversed(str) : Value.Seq.list(all(v, ev).reversed())
    );
    add(
      all,
      "join",
      0,
      (v, a, ev) -> Strings.join(PythonText.str(a.get(0, "d", Str.EMPTY)), attributes(v, a, 1, ev)),
      "d",
      "attribute"
    );
    add(all, "items", 0, (v, _, _) ->
      switch (v) {
        case Value.Dict dict -> Attributes.items(dict);
        case Value.Undefined _ -> Value.Seq.list(List.of());
        default -> throw new Fault("items needs a dictionary, not " + Operators.type(v));
      }
    );
  }

  private static void ordered(Map<String, Filters.Filter> all) {
    add(
      all,
      "sort",
      0,
      (v, a, ev) -> {
        Comparator<Value> order = order(ev, a.flag(1, "case_sensitive", false), key(a, 2));
        List<Value> sorted = new ArrayList<>(all(v, ev));
        sorted.sort(a.flag(0, "reverse", false) ? order.reversed() : order);
        return Value.Seq.list(sorted);
      },
      "reverse",
      "case_sensitive",
      "attribute"
    );
    add(
      all,
      "dictsort",
      0,
      (v, a, ev) -> {
        if (!(v instanceof Value.Dict dict)) {
          throw new Fault("dictsort needs a dictionary, not " + Operators.type(v));
        }
        boolean byValue = a.has(1, "by") && a.string(1, "by").text().equals("value");
        UnaryOperator<Value> key = pair -> ((Value.Seq) pair).items().get(byValue ? 1 : 0);
        Comparator<Value> order = order(ev, a.flag(0, "case_sensitive", false), key);
        List<Value> sorted = new ArrayList<>(((Value.Seq) Attributes.items(dict)).items());
        sorted.sort(a.flag(2, "reverse", false) ? order.reversed() : order);
        return Value.Seq.list(sorted);
      },
      "case_sensitive",
      "by",
      "reverse"
    );
    add(all, "min", 0, (v, a, ev) -> extreme(v, a, ev, true), "case_sensitive", "attribute");
    add(all, "max", 0, (v, a, ev) -> extreme(v, a, ev, false), "case_sensitive", "attribute");
    add(
      all,
      "sum",
      0,
      (v, a, ev) -> {
        Value sum = a.get(1, "start", new Value.Int(0));
        for (Value item : attributes(v, a, 0, ev)) {
          sum = Operators.arithmetic("+", sum, item);
          ev.budget().made(sum);
        }
        return sum;
      },
      "attribute",
      "start"
    );
    add(all, "unique", 0, ListFilters::unique, "case_sensitive", "attribute");
  }

  private static List<Value> all(Value value, Evaluator evaluator) {
    return Attributes.iterate(value, evaluator.budget());
  }

  private static int length(Value value) {
    return switch (value) {
      case Str str -> str.length();
      case Value.Seq seq -> seq.items().size();
      case Value.Dict dict -> dict.entries().size();
      case Value.Undefined _ -> 0;
      default -> throw new Fault(Operators.type(value) + " has no length");
    };
  }

  private static List<Value> attributes(Value value, Arguments args, int index, Evaluator ev) {
    List<Value> items = all(value, ev);
    UnaryOperator<Value> key = key(args, index);
    return args.get(index, "attribute") instanceof Value.None
      ? items
      : items.stream().map(key).toList();
  }

  private static UnaryOperator<Value> key(Arguments args, int index) {
    Value attribute = args.get(index, "attribute");
    return attribute instanceof Value.None
      ? UnaryOperator.identity()
      : item -> Attributes.path(item, attribute);
  }

  private static Value folded(Value value, boolean caseSensitive) {
    return !caseSensitive && value instanceof Str str ? Strings.lower(str) : value;
  }

  private static Comparator<Value> order(
    Evaluator ev,
    boolean caseSensitive,
    UnaryOperator<Value> key
  ) {
    return (a, b) ->
      Operators.order(
        folded(key.apply(a), caseSensitive),
        folded(key.apply(b), caseSensitive),
        ev.budget()
      );
  }

  private static Value extreme(Value value, Arguments args, Evaluator ev, boolean least) {
    Comparator<Value> order = order(ev, args.flag(0, "case_sensitive", false), key(args, 1));
    return all(value, ev)
      .stream()
      .min(least ? order : order.reversed())
      .orElse(new Value.Undefined("the extreme of nothing"));
  }

  private static Value unique(Value value, Arguments args, Evaluator ev) {
    UnaryOperator<Value> key = key(args, 1);
    boolean caseSensitive = args.flag(0, "case_sensitive", false);
    Set<Value> seen = new HashSet<>();
    List<Value> once = new ArrayList<>();
    for (Value item : all(value, ev)) {
      if (seen.add(Operators.key(folded(key.apply(item), caseSensitive)))) {
        once.add(item);
      }
    }
    return Value.Seq.list(once);
  }

  private static Value map(Value value, Arguments args, Evaluator ev) {
    List<Value> mapped = new ArrayList<>();
    if (args.positional().isEmpty()) {
      Value attribute = args.get(0, "attribute");
      for (Value item : all(value, ev)) {
        Value found = Attributes.path(item, attribute);
        boolean absent = found instanceof Value.Undefined && args.named().containsKey("default");
        mapped.add(absent ? args.named().get("default") : found);
      }
      return Value.Seq.list(mapped);
    }
    Filters.Filter filter = Filters.find(args.string(0, "filter").text());
    for (Value item : all(value, ev)) {
      mapped.add(ev.apply(filter, item, args.from(1)));
    }
    return Value.Seq.list(mapped);
  }

  private static Value pick(
    Value value,
    Arguments args,
    Evaluator ev,
    boolean wanted,
    boolean byAttribute
  ) {
    int index = byAttribute ? 1 : 0;
    Arguments rest = args.from(index + 1);
    Tests.Test test = args.positional().size() > index
      ? Tests.find(args.string(index, "test").text())
      : null;
    List<Value> picked = new ArrayList<>();
    for (Value item : all(value, ev)) {
      Value tested = byAttribute ? Attributes.path(item, args.get(0, "attribute")) : item;
      boolean holds = test == null ? Operators.truthy(tested) : ev.holds(test, tested, rest);
      if (holds == wanted) {
        picked.add(item);
      }
    }
    return Value.Seq.list(picked);
  }
}
