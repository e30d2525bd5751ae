package dev.atrium.engine.text.jinja;

import java.util.List;
import java.util.Map;

/** Evaluated arguments of a call. */
record Arguments(List<Value> positional, Map<String, Value> named) {
  static final Arguments NONE = new Arguments(List.of(), Map.of());

  boolean has(int index, String name) {
    return index < positional.size() || named.containsKey(name);
  }

  /** By position or by name. */
  Value get(int index, String name, Value fallback) {
    return index < positional.size() ? positional.get(index) : named.getOrDefault(name, fallback);
  }

  Value get(int index, String name) {
    return get(index, name, Value.NONE);
  }

  boolean flag(int index, String name, boolean fallback) {
    return Operators.truthy(get(index, name, Value.Bool.of(fallback)));
  }

  long integer(int index, String name, long fallback) {
    Value value = get(index, name, Value.NONE);
    return value instanceof Value.None ? fallback : Operators.index(value);
  }

  Str string(int index, String name) {
    return requireString(get(index, name));
  }

  static Str requireString(Value value) {
    if (value instanceof Str str) {
      return str;
    }
    throw new Fault("a string is needed, not " + Operators.type(value));
  }

  /** Without the first {@code count} positional ones. */
  Arguments from(int count) {
    int skip = Math.min(count, positional.size());
    return new Arguments(positional.subList(skip, positional.size()), named);
  }
}
