package dev.atrium.engine.text.jinja;

import java.util.HashMap;
import java.util.Map;

/** Names and their values; what is set in a scope is not seen outside of it. */
final class Scope {

  private final Scope outer;
  private final Map<String, Value> values;

  Scope(Scope outer) {
    this(outer, new HashMap<>());
  }

  Scope(Scope outer, Map<String, Value> values) {
    this.outer = outer;
    this.values = values;
  }

  void set(String name, Value value) {
    values.put(name, value);
  }

  /** The innermost value of that name, or null. */
  Value find(String name) {
    for (Scope scope = this; scope != null; scope = scope.outer) {
      Value value = scope.values.get(name);
      if (value != null) {
        return value;
      }
    }
    return null;
  }
}
