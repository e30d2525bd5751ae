package dev.atrium.engine.text.jinja;

import java.util.List;
import java.util.Optional;

/** A statement, or text between tags. */
sealed interface Stmt {
  At at();

  record Data(At at, Str text) implements Stmt {}

  record Print(At at, Expr value) implements Stmt {}

  /** The first branch whose test is true; an else is a branch without a test. */
  record If(At at, List<Branch> branches) implements Stmt {}

  record Branch(Optional<Expr> test, List<Stmt> body) {}

  record For(
    At at,
    Target target,
    Expr items,
    Optional<Expr> filter,
    List<Stmt> body,
    List<Stmt> otherwise
  ) implements Stmt {}

  record Set(At at, Target target, Expr value) implements Stmt {}

  /** {@code {% set x | filter %}...{% endset %}}; the filters are applied to a name for the text. */
  record SetBlock(At at, Target target, Expr filtered, List<Stmt> body) implements Stmt {}

  record MacroDef(At at, String name, List<Parameter> parameters, List<Stmt> body) implements
    Stmt {}

  record Parameter(String name, Optional<Expr> fallback) {}

  /** {@code {% generation %}}: marks what the assistant wrote; rendering only needs its body. */
  record Generation(At at, List<Stmt> body) implements Stmt {}

  record Break(At at) implements Stmt {}

  record Continue(At at) implements Stmt {}

  /** What is assigned to. */
  sealed interface Target {
    record Variable(String name) implements Target {}

    record NamespaceMember(String namespace, String member) implements Target {}

    record Several(List<Target> targets) implements Target {}
  }
}
