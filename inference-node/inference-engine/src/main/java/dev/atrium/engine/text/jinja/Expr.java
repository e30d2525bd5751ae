package dev.atrium.engine.text.jinja;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An expression. Filters, tests, functions and method names are resolved already. */
sealed interface Expr {
  At at();

  /** Arguments as written. */
  record Args(List<Expr> positional, Map<String, Expr> named) {
    static final Args NONE = new Args(List.of(), Map.of());
  }

  record Literal(At at, Value value) implements Expr {}

  record Name(At at, String name) implements Expr {}

  record ListOf(At at, List<Expr> items, boolean tuple) implements Expr {}

  record DictOf(At at, List<Expr> keys, List<Expr> values) implements Expr {}

  /** {@code target.name}. */
  record Member(At at, Expr target, String name) implements Expr {}

  /** {@code target[index]}. */
  record Item(At at, Expr target, Expr index) implements Expr {}

  /** {@code target[from:to:step]}. */
  record Slice(
    At at,
    Expr target,
    Optional<Expr> from,
    Optional<Expr> to,
    Optional<Expr> step
  ) implements Expr {}

  /** {@code target.name(...)}. */
  record MethodCall(At at, Expr target, String name, Args args) implements Expr {}

  /** A call of something that is neither a method nor a function of the interpreter: a macro. */
  record MacroCall(At at, Expr target, Args args) implements Expr {}

  record FunctionCall(At at, Functions.Function function, Args args) implements Expr {}

  record FilterCall(At at, Expr input, Filters.Filter filter, Args args) implements Expr {}

  record TestCall(At at, Expr input, Tests.Test test, Args args) implements Expr {}

  record Not(At at, Expr operand) implements Expr {}

  /** {@code and}, {@code or}: the value that decided. */
  record Logic(At at, boolean and, Expr left, Expr right) implements Expr {}

  record Sign(At at, boolean minus, Expr operand) implements Expr {}

  record Arithmetic(At at, String operator, Expr left, Expr right) implements Expr {}

  /** {@code a ~ b ~ c}. */
  record Concat(At at, List<Expr> parts) implements Expr {}

  /** {@code a < b <= c}: each operator with the operand to its right. */
  record Compare(At at, Expr first, List<String> operators, List<Expr> rest) implements Expr {}

  /** {@code then if test else otherwise}; without an else it may be undefined. */
  record Conditional(At at, Expr test, Expr then, Optional<Expr> otherwise) implements Expr {}
}
