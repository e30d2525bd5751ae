package dev.atrium.engine.text.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Python's operators on values: truth, equality, order, membership, arithmetic. */
final class Operators {

  private Operators() {}

  static String type(Value value) {
    return switch (value) {
      case Str _ -> "a string";
      case Value.None _ -> "none";
      case Value.Undefined u -> u.what() + ", which is undefined";
      case Value.Bool _ -> "a boolean";
      case Value.Int _ -> "an integer";
      case Value.Real _ -> "a float";
      case Value.Seq seq -> seq.tuple() ? "a tuple" : "a list";
      case Value.Dict _ -> "a dictionary";
      case Value.Namespace _ -> "a namespace";
      case Value.Macro _ -> "a macro";
      case Value.Method _ -> "a method";
      case LoopState _ -> "a loop";
    };
  }

  static boolean truthy(Value value) {
    return switch (value) {
      case Str str -> !str.isEmpty();
      case Value.None _, Value.Undefined _ -> false;
      case Value.Bool(boolean b) -> b;
      case Value.Int(long n) -> n != 0;
      case Value.Real(double d) -> d != 0;
      case Value.Seq seq -> !seq.items().isEmpty();
      case Value.Dict dict -> !dict.entries().isEmpty();
      case Value.Namespace _, Value.Macro _, Value.Method _, LoopState _ -> true;
    };
  }

  /** An integer where only one will do, as Python's indices. */
  static long index(Value value) {
    return switch (value) {
      case Value.Int(long n) -> n;
      case Value.Bool(boolean b) -> b ? 1 : 0;
      default -> throw new Fault("an integer is needed, not " + type(value));
    };
  }

  /** A value that can be the key of a dictionary. */
  static Value key(Value value) {
    if (hashable(value)) {
      return value;
    }
    throw new Fault(type(value) + " can't be a key");
  }

  static boolean hashable(Value value) {
    return switch (value) {
      case Str _, Value.None _, Value.Bool _, Value.Int _, Value.Real _ -> true;
      default -> false;
    };
  }

  static boolean numeric(Value value) {
    return value instanceof Value.Int || value instanceof Value.Real || value instanceof Value.Bool;
  }

  static double real(Value value) {
    return value instanceof Value.Real(double d) ? d : index(value);
  }

  static boolean equal(Value a, Value b, Budget budget) {
    return equal(a, b, budget, 0);
  }

  private static boolean equal(Value a, Value b, Budget budget, int depth) {
    budget.spend(1);
    if (numeric(a) && numeric(b)) {
      boolean fractions = a instanceof Value.Real || b instanceof Value.Real;
      return fractions ? real(a) == real(b) : index(a) == index(b);
    }
    return switch (a) {
      case Str str -> {
        budget.read(str);
        yield str.equals(b);
      }
      case Value.None _ -> b instanceof Value.None;
      case Value.Undefined _ -> b instanceof Value.Undefined;
      case Value.Seq(List<Value> items, boolean tuple) -> b instanceof
        Value.Seq(List<Value> others, boolean otherTuple) &&
      tuple == otherTuple &&
      items.size() == others.size() &&
      allEqual(items, others, budget, Budget.nested(depth));
      case Value.Dict(Map<Value, Value> entries) -> b instanceof
        Value.Dict(Map<Value, Value> others) &&
      entries.keySet().equals(others.keySet()) &&
      entries
        .entrySet()
        .stream()
        .allMatch(e -> equal(e.getValue(), others.get(e.getKey()), budget, Budget.nested(depth)));
      default -> a == b;
    };
  }

  private static boolean allEqual(List<Value> a, List<Value> b, Budget budget, int depth) {
    Iterator<Value> other = b.iterator();
    for (Value item : a) {
      if (!equal(item, other.next(), budget, depth)) {
        return false;
      }
    }
    return true;
  }

  /** Negative, zero or positive; only numbers, strings and lists have an order. */
  static int order(Value a, Value b, Budget budget) {
    budget.spend(1);
    if (numeric(a) && numeric(b)) {
      return a instanceof Value.Real || b instanceof Value.Real
        ? Double.compare(real(a), real(b))
        : Long.compare(index(a), index(b));
    }
    if (a instanceof Str x && b instanceof Str y) {
      return codePointOrder(x.text(), y.text());
    }
    if (a instanceof Value.Seq x && b instanceof Value.Seq y && x.tuple() == y.tuple()) {
      int common = Math.min(x.items().size(), y.items().size());
      for (int i = 0; i < common; i++) {
        if (!equal(x.items().get(i), y.items().get(i), budget)) {
          budget.enter();
          int order = order(x.items().get(i), y.items().get(i), budget);
          budget.leave();
          return order;
        }
      }
      return Integer.compare(x.items().size(), y.items().size());
    }
    throw new Fault(type(a) + " and " + type(b) + " have no order");
  }

  /** UTF-16 order differs from code point order where surrogates are involved. */
  private static int codePointOrder(String a, String b) {
    int common = Math.min(a.length(), b.length());
    for (int i = 0; i < common; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        boolean bothSurrogates = Character.isSurrogate(x) == Character.isSurrogate(y);
        return bothSurrogates ? Character.compare(x, y) : (Character.isSurrogate(x) ? 1 : -1);
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  static boolean compare(String operator, Value a, Value b, Budget budget) {
    return switch (operator) {
      case "==" -> equal(a, b, budget);
      case "!=" -> !equal(a, b, budget);
      case "in" -> contains(b, a, budget);
      case "not in" -> !contains(b, a, budget);
      case "<" -> order(a, b, budget) < 0;
      case "<=" -> order(a, b, budget) <= 0;
      case ">" -> order(a, b, budget) > 0;
      default -> order(a, b, budget) >= 0;
    };
  }

  static boolean contains(Value container, Value value, Budget budget) {
    return switch (container) {
      case Str text when value instanceof Str part -> {
        budget.search(text, part);
        yield text.text().contains(part.text());
      }
      case Value.Seq seq -> seq
        .items()
        .stream()
        .anyMatch(item -> equal(item, value, budget));
      case Value.Dict dict -> dict.entries().containsKey(key(value));
      case Value.Undefined _ -> false;
      case Str _ -> throw new Fault("a string contains only strings, not " + type(value));
      default -> throw new Fault("nothing can be in " + type(container));
    };
  }

  static Value arithmetic(String operator, Value a, Value b) {
    if (a instanceof Str text && operator.equals("%")) {
      return PercentFormat.format(text, b);
    }
    if (operator.equals("*") && (a instanceof Str || a instanceof Value.Seq)) {
      return repeat(a, index(b));
    }
    if (operator.equals("*") && (b instanceof Str || b instanceof Value.Seq)) {
      return repeat(b, index(a));
    }
    if (operator.equals("+") && a instanceof Str x && b instanceof Str y) {
      return new Str.Builder().add(x).add(y).build();
    }
    if (operator.equals("+") && a instanceof Value.Seq x && b instanceof Value.Seq y) {
      if (x.tuple() == y.tuple()) {
        List<Value> all = new ArrayList<>(Budget.items((long) x.items().size() + y.items().size()));
        all.addAll(x.items());
        all.addAll(y.items());
        return new Value.Seq(all, x.tuple());
      }
    }
    if (numeric(a) && numeric(b)) {
      return Numbers.calculate(operator, a, b);
    }
    throw new Fault("\"" + operator + "\" can't take " + type(a) + " and " + type(b));
  }

  private static Value repeat(Value value, long times) {
    if (value instanceof Str text) {
      if (times > 0 && text.text().length() > Str.MAX_LENGTH / times) {
        throw new Fault("the text grows beyond " + Str.MAX_LENGTH + " characters");
      }
      Str.Builder out = new Str.Builder();
      for (long i = 0; i < times && !text.isEmpty(); i++) {
        out.add(text);
      }
      return out.build();
    }
    Value.Seq seq = (Value.Seq) value;
    if (times <= 0 || seq.items().isEmpty()) {
      return new Value.Seq(List.of(), seq.tuple());
    }
    int size = seq.items().size();
    int count = Budget.items(times > Budget.MAX_ITEMS ? times : times * size);
    List<Value> all = new ArrayList<>(count);
    while (all.size() < count) {
      all.addAll(seq.items());
    }
    return new Value.Seq(all, seq.tuple());
  }
}
