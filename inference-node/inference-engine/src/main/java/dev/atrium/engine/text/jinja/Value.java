package dev.atrium.engine.text.jinja;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a template computes with. Everything is immutable except {@link Namespace}, as in the
 * sandbox that these templates are written for; so no value contains itself.
 */
public sealed interface Value
  permits
    Str,
    Value.None,
    Value.Undefined,
    Value.Bool,
    Value.Int,
    Value.Real,
    Value.Seq,
    Value.Dict,
    Value.Namespace,
    Value.Macro,
    Value.Method,
    LoopState {
  None NONE = new None();

  /** Python's None. */
  record None() implements Value {}

  /** A name or member that does not exist; falsy and empty, but most uses of it fail. */
  record Undefined(String what) implements Value {}

  /** A truth value. */
  record Bool(boolean value) implements Value {
    static final Bool TRUE = new Bool(true);
    static final Bool FALSE = new Bool(false);

    static Bool of(boolean value) {
      return value ? TRUE : FALSE;
    }
  }

  /** An integer of 64 bits; more is an error, not a wrap-around. */
  record Int(long value) implements Value {}

  /** A floating-point number. */
  record Real(double value) implements Value {}

  /** A list, or a tuple, which differs in how it prints. */
  record Seq(List<Value> items, boolean tuple) implements Value {
    static Seq list(List<Value> items) {
      return new Seq(items, false);
    }

    static Seq tuple(Value... items) {
      return new Seq(List.of(items), true);
    }
  }

  /** A dictionary in order of insertion. */
  record Dict(Map<Value, Value> entries) implements Value {
    Value get(String key) {
      return entries.get(Str.trusted(key));
    }
  }

  /** The one thing that can be changed from an inner scope. */
  final class Namespace implements Value {

    final Map<String, Value> members = new LinkedHashMap<>();
  }

  /** A macro together with the scope that it was defined in. */
  record Macro(Stmt.MacroDef definition, Scope scope) implements Value {}

  /** A method or function that was named without being called. */
  record Method(String name) implements Value {}
}
