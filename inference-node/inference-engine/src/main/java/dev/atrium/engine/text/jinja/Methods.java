package dev.atrium.engine.text.jinja;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/** The methods of strings, dictionaries and lists that templates may call: those that only read. */
final class Methods {

  /** What a method does to the value that it is called on. */
  @FunctionalInterface
  interface Body<T> {
    Value apply(T self, Arguments args, Budget budget);
  }

  /** A method of one type. */
  record Method<T>(Signature signature, Body<T> body) {}

  private static final Map<String, Method<Str>> OF_STRINGS = new HashMap<>();
  private static final Map<String, Method<Value.Dict>> OF_DICTS = new HashMap<>();
  private static final Map<String, Method<Value.Seq>> OF_LISTS = new HashMap<>();
  private static final Map<String, Method<LoopState>> OF_LOOPS = new HashMap<>();

  static {
    strings();
    stringTests();
    collections();
  }

  private Methods() {}

  private static void strings() {
    string("upper", 0, (s, _, _) -> Strings.upper(s));
    string("lower", 0, (s, _, _) -> Strings.lower(s));
    string("casefold", 0, (s, _, _) -> Strings.lower(s));
    string("capitalize", 0, (s, _, _) -> Strings.capitalize(s));
    string("title", 0, (s, _, _) -> Strings.title(s));
    string("strip", 0, (s, a, _) -> Strings.strip(s, Strings.chars(a), true, true), "chars");
    string("lstrip", 0, (s, a, _) -> Strings.strip(s, Strings.chars(a), true, false), "chars");
    string("rstrip", 0, (s, a, _) -> Strings.strip(s, Strings.chars(a), false, true), "chars");
    string("split", 0, (s, a, _) -> Strings.split(s, a), "sep", "maxsplit");
    string("rsplit", 0, (s, a, _) -> Strings.splitFromRight(s, a), "sep", "maxsplit");
    string(
      "splitlines",
      0,
      (s, a, _) -> Value.Seq.list(Strings.lines(s, a.flag(0, "keepends", false))),
      "keepends"
    );
    string(
      "replace",
      2,
      (s, a, _) ->
        Strings.replace(s, a.string(0, "old"), a.string(1, "new"), a.integer(2, "count", -1)),
      "old",
      "new",
      "count"
    );
    string(
      "join",
      1,
      (s, a, b) -> {
        List<Value> items = Attributes.iterate(a.get(0, "iterable"), b);
        items.forEach(Arguments::requireString);
        return Strings.join(s, items);
      },
      "iterable"
    );
    string("find", 1, (s, a, _) -> position(s, s.text().indexOf(a.string(0, "sub").text())), "sub");
    string(
      "rfind",
      1,
      (s, a, _) -> position(s, s.text().lastIndexOf(a.string(0, "sub").text())),
      "sub"
    );
    string(
      "count",
      1,
      (s, a, _) -> {
        Value parts = Strings.split(s, new Arguments(List.of(a.string(0, "sub")), Map.of()));
        return new Value.Int(((Value.Seq) parts).items().size() - 1L);
      },
      "sub"
    );
    string(
      "removeprefix",
      1,
      (s, a, _) -> {
        String prefix = a.string(0, "prefix").text();
        return s.text().startsWith(prefix) ? s.sub(prefix.length(), s.text().length()) : s;
      },
      "prefix"
    );
    string(
      "removesuffix",
      1,
      (s, a, _) -> {
        String suffix = a.string(0, "suffix").text();
        return s.text().endsWith(suffix) ? s.sub(0, s.text().length() - suffix.length()) : s;
      },
      "suffix"
    );
    string("ljust", 1, (s, a, _) -> pad(s, a, false, true), "width", "fillchar");
    string("rjust", 1, (s, a, _) -> pad(s, a, true, false), "width", "fillchar");
    string("center", 1, (s, a, _) -> pad(s, a, true, true), "width", "fillchar");
  }

  private static void stringTests() {
    string("startswith", 1, (s, a, _) -> starts(a, p -> s.text().startsWith(p)), "prefix");
    string("endswith", 1, (s, a, _) -> starts(a, p -> s.text().endsWith(p)), "prefix");
    string("isdigit", 0, (s, _, _) -> all(s, Character::isDigit));
    string("isalpha", 0, (s, _, _) -> all(s, Character::isLetter));
    string("isalnum", 0, (s, _, _) -> all(s, Character::isLetterOrDigit));
    string("isspace", 0, (s, _, _) -> all(s, PythonText::isSpace));
    string("isupper", 0, (s, _, _) -> cased(s, Strings.upper(s)));
    string("islower", 0, (s, _, _) -> cased(s, Strings.lower(s)));
  }

  private static void collections() {
    dict("items", 0, (d, _, _) -> Attributes.items(d));
    dict("keys", 0, (d, _, _) -> Value.Seq.list(List.copyOf(d.entries().keySet())));
    dict("values", 0, (d, _, _) -> Value.Seq.list(List.copyOf(d.entries().values())));
    dict("copy", 0, (d, _, _) -> d);
    dict(
      "get",
      1,
      (d, a, _) -> d.entries().getOrDefault(Operators.key(a.get(0, "key")), a.get(1, "default")),
      "key",
      "default"
    );
    OF_LISTS.put(
      "index",
      new Method<>(Signature.of("index", 1, "value"), (l, a, b) -> {
        for (int i = 0; i < l.items().size(); i++) {
          if (Operators.equal(l.items().get(i), a.get(0, "value"), b)) {
            return new Value.Int(i);
          }
        }
        throw new Fault("the value is not in the list");
      })
    );
    OF_LISTS.put(
      "count",
      new Method<>(Signature.of("count", 1, "value"), (l, a, b) -> {
        Predicate<Value> same = item -> Operators.equal(item, a.get(0, "value"), b);
        return new Value.Int(l.items().stream().filter(same).count());
      })
    );
    OF_LOOPS.put(
      "cycle",
      new Method<>(Signature.open("cycle", 1), (l, a, _) -> l.cycle(a.positional()))
    );
    OF_LOOPS.put(
      "changed",
      new Method<>(Signature.open("changed", 0), (l, a, b) -> l.changed(a.positional(), b))
    );
  }

  private static void string(String name, int required, Body<Str> body, String... parameters) {
    OF_STRINGS.put(name, new Method<>(Signature.of(name, required, parameters), body));
  }

  private static void dict(String name, int required, Body<Value.Dict> body, String... parameters) {
    OF_DICTS.put(name, new Method<>(Signature.of(name, required, parameters), body));
  }

  private static Value position(Str str, int utf16) {
    return new Value.Int(utf16 < 0 ? -1 : str.text().codePointCount(0, utf16));
  }

  private static Value pad(Str str, Arguments args, boolean left, boolean right) {
    Str fill = args.has(1, "fillchar") ? args.string(1, "fillchar") : Str.trusted(" ");
    return Strings.pad(str, args.integer(0, "width", 0), left, right, fill);
  }

  /** A prefix or suffix may be a tuple of several. */
  private static Value starts(Arguments args, Predicate<String> test) {
    if (args.get(0, "prefix") instanceof Value.Seq several) {
      return Value.Bool.of(
        several
          .items()
          .stream()
          .anyMatch(p -> test.test(Arguments.requireString(p).text()))
      );
    }
    return Value.Bool.of(test.test(args.string(0, "prefix").text()));
  }

  private static Value all(Str str, IntPredicate test) {
    return Value.Bool.of(!str.isEmpty() && str.text().codePoints().allMatch(test));
  }

  private static Value cased(Str str, Str changed) {
    boolean letters = str
      .text()
      .codePoints()
      .anyMatch(c -> Character.isUpperCase(c) || Character.isLowerCase(c));
    return Value.Bool.of(letters && str.equals(changed));
  }

  private static Map<String, ? extends Method<?>> of(Value value) {
    return switch (value) {
      case Str _ -> OF_STRINGS;
      case Value.Dict _ -> OF_DICTS;
      case Value.Seq _ -> OF_LISTS;
      case LoopState _ -> OF_LOOPS;
      default -> Map.of();
    };
  }

  static boolean exists(Value value, String name) {
    return of(value).containsKey(name);
  }

  /** Refuses a method that no value has, or whose arguments suit none. */
  static void check(String name, Expr.Args args, At at) {
    List<Signature> signatures = new ArrayList<>();
    for (var methods : List.of(OF_STRINGS, OF_DICTS, OF_LISTS, OF_LOOPS)) {
      if (methods.get(name) != null) {
        signatures.add(methods.get(name).signature());
      }
    }
    if (signatures.isEmpty()) {
      throw new JinjaException(at, "the method \"" + name + "\" is not supported");
    }
    JinjaException first = null;
    for (Signature signature : signatures) {
      try {
        signature.check(at, args.positional().size(), args.named().keySet());
        return;
      } catch (JinjaException e) {
        first = first == null ? e : first;
      }
    }
    throw first;
  }

  static Value call(Value self, String name, Arguments args, Budget budget, At at) {
    args.positional().forEach(arg -> budget.search(self, arg));
    return switch (self) {
      case Str str -> call(OF_STRINGS, str, name, args, budget, at);
      case Value.Dict dict -> call(OF_DICTS, dict, name, args, budget, at);
      case Value.Seq seq -> call(OF_LISTS, seq, name, args, budget, at);
      case LoopState loop -> call(OF_LOOPS, loop, name, args, budget, at);
      default -> throw new Fault(Operators.type(self) + " has no method \"" + name + "\"");
    };
  }

  private static <T extends Value> Value call(
    Map<String, Method<T>> methods,
    T self,
    String name,
    Arguments args,
    Budget budget,
    At at
  ) {
    Method<T> method = methods.get(name);
    if (method == null) {
      throw new Fault(Operators.type(self) + " has no method \"" + name + "\"");
    }
    method.signature().check(at, args.positional().size(), args.named().keySet());
    return method.body().apply(self, args, budget);
  }
}
