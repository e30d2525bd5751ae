package dev.atrium.engine.text.jinja;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs the statements of a template once, into a text. */
final class Renderer {

  /** How a statement ended. */
  private enum Flow {
    ON,
    BREAK,
    CONTINUE,
  }

  private final Budget budget = new Budget();
  private final Evaluator evaluator;

  Renderer(Clock clock) {
    evaluator = new Evaluator(budget, clock, this::captured);
  }

  Str render(List<Stmt> body, Scope scope) {
    return captured(body, scope);
  }

  private Str captured(List<Stmt> body, Scope scope) {
    Str.Builder out = new Str.Builder();
    run(body, scope, out);
    return out.build();
  }

  private Flow run(List<Stmt> body, Scope scope, Str.Builder out) {
    for (Stmt stmt : body) {
      try {
        budget.enter();
        Flow flow = run(stmt, scope, out);
        budget.leave();
        if (flow != Flow.ON) {
          return flow;
        }
      } catch (Fault e) {
        throw new JinjaException(stmt.at(), e.getMessage());
      }
    }
    return Flow.ON;
  }

  private Flow run(Stmt stmt, Scope scope, Str.Builder out) {
    switch (stmt) {
      case Stmt.Data data -> {
        budget.read(data.text());
        out.add(data.text());
      }
      case Stmt.Print print -> out.add(PythonText.str(evaluator.eval(print.value(), scope)));
      case Stmt.If choice -> {
        return choose(choice, scope, out);
      }
      case Stmt.For loop -> loop(loop, scope, out);
      case Stmt.Set set -> assign(set.target(), evaluator.eval(set.value(), scope), scope);
      case Stmt.SetBlock set -> {
        Scope inner = new Scope(scope);
        inner.set(Evaluator.CAPTURED, captured(set.body(), new Scope(scope)));
        assign(set.target(), evaluator.eval(set.filtered(), inner), scope);
      }
      case Stmt.MacroDef macro -> scope.set(macro.name(), new Value.Macro(macro, scope));
      case Stmt.Generation generation -> {
        return run(generation.body(), scope, out);
      }
      case Stmt.Break _ -> {
        return Flow.BREAK;
      }
      case Stmt.Continue _ -> {
        return Flow.CONTINUE;
      }
    }
    return Flow.ON;
  }

  private Flow choose(Stmt.If choice, Scope scope, Str.Builder out) {
    for (Stmt.Branch branch : choice.branches()) {
      Optional<Expr> test = branch.test();
      if (test.isEmpty() || evaluator.truth(test.get(), scope)) {
        return run(branch.body(), scope, out);
      }
    }
    return Flow.ON;
  }

  private void loop(Stmt.For loop, Scope scope, Str.Builder out) {
    List<Value> items = Attributes.iterate(evaluator.eval(loop.items(), scope), budget);
    if (loop.filter().isPresent()) {
      items = filtered(loop, items, scope);
    }
    if (items.isEmpty()) {
      run(loop.otherwise(), new Scope(scope), out);
      return;
    }
    LoopState state = new LoopState(items);
    for (int i = 0; i < items.size(); i++) {
      budget.spend(Budget.SCOPE);
      state.moveTo(i);
      Scope inner = new Scope(scope);
      inner.set("loop", state);
      assign(loop.target(), items.get(i), inner);
      if (run(loop.body(), inner, out) == Flow.BREAK) {
        break;
      }
    }
  }

  private List<Value> filtered(Stmt.For loop, List<Value> items, Scope scope) {
    List<Value> kept = new ArrayList<>();
    for (Value item : items) {
      budget.spend(Budget.SCOPE);
      Scope inner = new Scope(scope);
      assign(loop.target(), item, inner);
      if (evaluator.truth(loop.filter().orElseThrow(), inner)) {
        kept.add(item);
      }
    }
    return kept;
  }

  private void assign(Stmt.Target target, Value value, Scope scope) {
    switch (target) {
      case Stmt.Target.Variable(String name) -> scope.set(name, value);
      case Stmt.Target.NamespaceMember(String name, String member) -> {
        if (!(scope.find(name) instanceof Value.Namespace namespace)) {
          throw new Fault("\"" + name + "\" is not a namespace");
        }
        namespace.members.put(member, value);
      }
      case Stmt.Target.Several(List<Stmt.Target> targets) -> {
        List<Value> values = Attributes.iterate(value, budget);
        if (values.size() != targets.size()) {
          throw new Fault(values.size() + " value(s) for " + targets.size() + " names");
        }
        for (int i = 0; i < values.size(); i++) {
          assign(targets.get(i), values.get(i), scope);
        }
      }
    }
  }
}
