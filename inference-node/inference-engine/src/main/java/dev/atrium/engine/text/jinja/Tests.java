package dev.atrium.engine.text.jinja;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/** The tests after {@code is}. */
final class Tests {

  /** What a test asks. */
  @FunctionalInterface
  interface Body {
    boolean apply(Value value, Arguments args, Budget budget);
  }

  /** A test by name. */
  record Test(Signature signature, Body body) {}

  private static final Map<String, Test> ALL = new HashMap<>();

  static {
    kinds();
    comparisons();
  }

  private Tests() {}

  private static void kinds() {
    add("defined", v -> !(v instanceof Value.Undefined));
    add("undefined", v -> v instanceof Value.Undefined);
    add("none", v -> v instanceof Value.None);
    add("string", v -> v instanceof Str);
    add("mapping", v -> v instanceof Value.Dict);
    add("sequence", v -> v instanceof Value.Seq || v instanceof Str || v instanceof Value.Dict);
    add(
      "iterable",
      v ->
        v instanceof Value.Seq ||
        v instanceof Str ||
        v instanceof Value.Dict ||
        v instanceof Value.Undefined
    );
    add("number", Operators::numeric);
    add("integer", v -> v instanceof Value.Int);
    add("float", v -> v instanceof Value.Real);
    add("boolean", v -> v instanceof Value.Bool);
    add("true", v -> v.equals(Value.Bool.TRUE));
    add("false", v -> v.equals(Value.Bool.FALSE));
    add("callable", v -> v instanceof Value.Macro || v instanceof Value.Method);
    add("odd", v -> Math.floorMod(Operators.index(v), 2) == 1);
    add("even", v -> Math.floorMod(Operators.index(v), 2) == 0);
    add("upper", v -> Strings.upper(PythonText.str(v)).equals(PythonText.str(v)));
    add("lower", v -> Strings.lower(PythonText.str(v)).equals(PythonText.str(v)));
  }

  private static void comparisons() {
    add("divisibleby", (v, a, _) -> {
      long by = Operators.index(a.get(0, "other"));
      if (by == 0) {
        throw new Fault("division by zero");
      }
      return Operators.index(v) % by == 0;
    });
    add("sameas", (v, a, _) -> same(v, a.get(0, "other")));
    compared("==", "eq", "equalto", "==");
    compared("!=", "ne", "!=");
    compared("<", "lt", "lessthan", "<");
    compared("<=", "le", "<=");
    compared(">", "gt", "greaterthan", ">");
    compared(">=", "ge", ">=");
    compared("in", "in");
  }

  /** Identity; small values without one are the same if they are equal. */
  private static boolean same(Value a, Value b) {
    boolean container = a instanceof Value.Seq || a instanceof Value.Dict;
    return a == b || (!container && a.equals(b));
  }

  private static void add(String name, Predicate<Value> body) {
    ALL.put(name, new Test(Signature.of(name, 0), (value, _, _) -> body.test(value)));
  }

  private static void add(String name, Body body) {
    ALL.put(name, new Test(Signature.of(name, 1, "other"), body));
  }

  private static void compared(String operator, String... names) {
    for (String name : names) {
      add(name, (v, a, b) -> Operators.compare(operator, v, a.get(0, "other"), b));
    }
  }

  static Test find(String name, At at) {
    Test test = ALL.get(name);
    if (test == null) {
      throw new JinjaException(at, "the test \"" + name + "\" is not supported");
    }
    return test;
  }

  /** At run time, for a test whose name is computed. */
  static Test find(String name) {
    Test test = ALL.get(name);
    if (test == null) {
      throw new Fault("the test \"" + name + "\" is not supported");
    }
    return test;
  }
}
