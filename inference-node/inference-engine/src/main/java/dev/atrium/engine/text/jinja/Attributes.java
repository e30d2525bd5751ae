package dev.atrium.engine.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Members, items and slices of values, and going through them. */
final class Attributes {

  private Attributes() {}

  /** {@code target.name}: a method shadows an entry of a dictionary, as in Python. */
  static Value member(Value target, String name) {
    if (Methods.exists(target, name)) {
      return new Value.Method(name);
    }
    Value found = switch (target) {
      case Value.Undefined undefined -> throw new Fault(undefined.what() + " is undefined");
      case Value.Dict dict -> dict.get(name);
      case Value.Namespace namespace -> namespace.members.get(name);
      case LoopState loop -> loop.member(name);
      default -> null;
    };
    return found != null ? found : new Value.Undefined("\"" + name + "\"");
  }

  /** {@code target[key]}. */
  static Value item(Value target, Value key) {
    Value found = switch (target) {
      case Value.Undefined undefined -> throw new Fault(undefined.what() + " is undefined");
      case Value.Dict dict -> Operators.hashable(key) ? dict.entries().get(key) : null;
      case Str str when key instanceof Value.Int(long n) -> character(str, n);
      case Value.Seq seq when key instanceof Value.Int(long n) -> at(seq.items(), n);
      default -> null;
    };
    if (found != null) {
      return found;
    }
    return key instanceof Str name
      ? member(target, name.text())
      : new Value.Undefined("the item " + PythonText.str(key).text());
  }

  private static Value at(List<Value> items, long index) {
    long from = index < 0 ? index + items.size() : index;
    return from >= 0 && from < items.size() ? items.get((int) from) : null;
  }

  private static Value character(Str str, long index) {
    int length = str.length();
    long from = index < 0 ? index + length : index;
    return from >= 0 && from < length ? str.codePoints((int) from, (int) from + 1) : null;
  }

  /** {@code target[from:to:step]}; bounds are none where they are not given. */
  static Value slice(Value target, Value from, Value to, Value step) {
    int length = switch (target) {
      case Str str -> str.length();
      case Value.Seq seq -> seq.items().size();
      default -> throw new Fault(Operators.type(target) + " can't be sliced");
    };
    long by = step instanceof Value.None ? 1 : Operators.index(step);
    if (by == 0) {
      throw new Fault("the step of a slice is zero");
    }
    boolean forward = by > 0;
    int start = bound(from, length, forward ? 0 : length - 1, forward);
    int end = bound(to, length, forward ? length : -1, forward);
    if (target instanceof Str str && by == 1) {
      return start < end ? str.codePoints(start, end) : Str.EMPTY;
    }
    List<Value> all = target instanceof Str str ? str.characters() : ((Value.Seq) target).items();
    List<Value> picked = new ArrayList<>();
    for (long i = start; forward ? i < end : i > end; i += by) {
      picked.add(all.get((int) i));
    }
    return target instanceof Value.Seq seq
      ? new Value.Seq(picked, seq.tuple())
      : Strings.join(Str.EMPTY, picked);
  }

  /** A given bound counts from the end if negative, and is moved to where the value ends. */
  private static int bound(Value given, int length, int absent, boolean forward) {
    if (given instanceof Value.None) {
      return absent;
    }
    long index = Operators.index(given);
    if (index < 0) {
      index += length;
    }
    return (int) (forward ? Math.clamp(index, 0, length) : Math.clamp(index, -1, length - 1L));
  }

  /** What a loop goes through: items, keys, characters; nothing if undefined. */
  static List<Value> iterate(Value value, Budget budget) {
    return switch (value) {
      case Value.Seq seq -> {
        budget.spend(seq.items().size());
        yield seq.items();
      }
      case Value.Dict dict -> {
        budget.spend(dict.entries().size());
        yield List.copyOf(dict.entries().keySet());
      }
      case Str str -> {
        budget.spend(20L * str.text().length());
        yield str.characters();
      }
      case Value.Undefined _ -> List.of();
      default -> throw new Fault(Operators.type(value) + " can't be gone through");
    };
  }

  static Value items(Value.Dict dict) {
    List<Value> pairs = new ArrayList<>(dict.entries().size());
    for (Map.Entry<Value, Value> entry : dict.entries().entrySet()) {
      pairs.add(Value.Seq.tuple(entry.getKey(), entry.getValue()));
    }
    return Value.Seq.list(pairs);
  }

  /** The attribute of filters such as {@code map(attribute='a.b')}: a path of names and indices. */
  static Value path(Value target, Value attribute) {
    if (!(attribute instanceof Str path)) {
      return item(target, attribute);
    }
    Value value = target;
    for (String part : path.text().split("\\.", -1)) {
      boolean index =
        !part.isEmpty() && part.length() < 9 && part.chars().allMatch(c -> c >= '0' && c <= '9');
      value = item(value, index ? new Value.Int(Integer.parseInt(part)) : Str.trusted(part));
    }
    return value;
  }
}
