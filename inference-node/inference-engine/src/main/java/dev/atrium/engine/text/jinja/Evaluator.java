package dev.atrium.engine.text.jinja;

import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Computes the values of expressions, for one rendering. */
final class Evaluator {

  /** The name of the text that a block set has captured; not an identifier, so unreachable. */
  static final String CAPTURED = "captured text";

  /** Runs the body of a macro in its scope. */
  @FunctionalInterface
  interface MacroBody {
    Str run(List<Stmt> body, Scope scope);
  }

  private final Budget budget;
  private final Clock clock;
  private final MacroBody macros;

  Evaluator(Budget budget, Clock clock, MacroBody macros) {
    this.budget = budget;
    this.clock = clock;
    this.macros = macros;
  }

  Budget budget() {
    return budget;
  }

  Clock clock() {
    return clock;
  }

  Value eval(Expr expr, Scope scope) {
    try {
      budget.enter();
      Value value = compute(expr, scope);
      budget.leave();
      return value;
    } catch (Fault e) {
      throw new JinjaException(expr.at(), e.getMessage());
    }
  }

  boolean truth(Expr expr, Scope scope) {
    return Operators.truthy(eval(expr, scope));
  }

  private Value compute(Expr expr, Scope scope) {
    return switch (expr) {
      case Expr.Literal literal -> literal.value();
      case Expr.Name name -> name(name, scope);
      case Expr.ListOf list -> budget.made(new Value.Seq(all(list.items(), scope), list.tuple()));
      case Expr.DictOf dict -> budget.made(dict(dict, scope));
      case Expr.Member member -> Attributes.member(eval(member.target(), scope), member.name());
      case Expr.Item item -> item(item, scope);
      case Expr.Slice slice -> budget.made(slice(slice, scope));
      case Expr.MethodCall call -> budget.made(method(call, scope));
      case Expr.MacroCall call -> budget.made(macro(call, scope));
      case Expr.FunctionCall call -> budget.made(
        call.function().body().apply(arguments(call.args(), scope), this)
      );
      case Expr.FilterCall call -> apply(
        call.filter(),
        eval(call.input(), scope),
        arguments(call.args(), scope)
      );
      case Expr.TestCall call -> Value.Bool.of(
        holds(call.test(), eval(call.input(), scope), arguments(call.args(), scope))
      );
      case Expr.Not not -> Value.Bool.of(!truth(not.operand(), scope));
      case Expr.Logic logic -> logic(logic, scope);
      case Expr.Sign sign -> sign(sign, scope);
      case Expr.Arithmetic arithmetic -> budget.made(
        Operators.arithmetic(
          arithmetic.operator(),
          eval(arithmetic.left(), scope),
          eval(arithmetic.right(), scope)
        )
      );
      case Expr.Concat concat -> budget.made(Strings.join(Str.EMPTY, all(concat.parts(), scope)));
      case Expr.Compare compare -> compare(compare, scope);
      case Expr.Conditional(At _, Expr test, Expr then, Optional<Expr> otherwise) -> truth(
          test,
          scope
        )
        ? eval(then, scope)
        : otherwise.isPresent()
          ? eval(otherwise.get(), scope)
          : new Value.Undefined("a conditional without an else");
    };
  }

  private static Value name(Expr.Name name, Scope scope) {
    Value value = scope.find(name.name());
    if (value == null && Functions.find(name.name()) != null) {
      return new Value.Method(name.name());
    }
    return value != null ? value : new Value.Undefined("\"" + name.name() + "\"");
  }

  private List<Value> all(List<Expr> exprs, Scope scope) {
    List<Value> values = new ArrayList<>(exprs.size());
    for (Expr expr : exprs) {
      values.add(eval(expr, scope));
    }
    return values;
  }

  private Value dict(Expr.DictOf dict, Scope scope) {
    Map<Value, Value> entries = new LinkedHashMap<>();
    for (int i = 0; i < dict.keys().size(); i++) {
      Value key = Operators.key(eval(dict.keys().get(i), scope));
      entries.put(key, eval(dict.values().get(i), scope));
    }
    return new Value.Dict(entries);
  }

  private Value item(Expr.Item item, Scope scope) {
    Value target = eval(item.target(), scope);
    budget.read(target);
    return Attributes.item(target, eval(item.index(), scope));
  }

  private Value slice(Expr.Slice slice, Scope scope) {
    Value target = eval(slice.target(), scope);
    budget.read(target);
    return Attributes.slice(
      target,
      optional(slice.from(), scope),
      optional(slice.to(), scope),
      optional(slice.step(), scope)
    );
  }

  private Value optional(Optional<Expr> expr, Scope scope) {
    return expr.isPresent() ? eval(expr.get(), scope) : Value.NONE;
  }

  private Arguments arguments(Expr.Args args, Scope scope) {
    if (args.positional().isEmpty() && args.named().isEmpty()) {
      return Arguments.NONE;
    }
    Map<String, Value> named = new LinkedHashMap<>();
    args.named().forEach((name, expr) -> named.put(name, eval(expr, scope)));
    return new Arguments(all(args.positional(), scope), named);
  }

  Value apply(Filters.Filter filter, Value input, Arguments args) {
    budget.enter();
    budget.read(input);
    Value value = filter.body().apply(input, args, this);
    budget.leave();
    return value == input ? value : budget.made(value);
  }

  boolean holds(Tests.Test test, Value value, Arguments args) {
    budget.spend(1);
    budget.read(value);
    return test.body().apply(value, args, budget);
  }

  private Value method(Expr.MethodCall call, Scope scope) {
    Value self = eval(call.target(), scope);
    if (self instanceof Value.Undefined undefined) {
      throw new Fault(undefined.what() + " is undefined");
    }
    budget.read(self);
    return Methods.call(self, call.name(), arguments(call.args(), scope), budget, call.at());
  }

  private Value macro(Expr.MacroCall call, Scope scope) {
    Value target = eval(call.target(), scope);
    if (!(target instanceof Value.Macro(Stmt.MacroDef definition, Scope home))) {
      throw new Fault(Operators.type(target) + " can't be called");
    }
    Arguments args = arguments(call.args(), scope);
    budget.spend(Budget.SCOPE);
    Scope inner = new Scope(home);
    List<Stmt.Parameter> parameters = definition.parameters();
    if (args.positional().size() > parameters.size()) {
      throw new Fault("the macro \"" + definition.name() + "\" gets too many arguments");
    }
    for (String name : args.named().keySet()) {
      if (parameters.stream().noneMatch(p -> p.name().equals(name))) {
        throw new Fault("the macro \"" + definition.name() + "\" has no parameter " + name);
      }
    }
    for (int i = 0; i < parameters.size(); i++) {
      Stmt.Parameter parameter = parameters.get(i);
      Value value = args.get(i, parameter.name(), null);
      if (value == null) {
        value = parameter.fallback().isPresent()
          ? eval(parameter.fallback().get(), inner)
          : new Value.Undefined("the parameter \"" + parameter.name() + "\"");
      }
      inner.set(parameter.name(), value);
    }
    return macros.run(definition.body(), inner);
  }

  private Value logic(Expr.Logic logic, Scope scope) {
    Value left = eval(logic.left(), scope);
    return Operators.truthy(left) == logic.and() ? eval(logic.right(), scope) : left;
  }

  private Value sign(Expr.Sign sign, Scope scope) {
    Value value = eval(sign.operand(), scope);
    if (!Operators.numeric(value)) {
      throw new Fault("a sign needs a number, not " + Operators.type(value));
    }
    return sign.minus() ? Numbers.negate(value) : value;
  }

  private Value compare(Expr.Compare compare, Scope scope) {
    Value left = eval(compare.first(), scope);
    for (int i = 0; i < compare.operators().size(); i++) {
      Value right = eval(compare.rest().get(i), scope);
      budget.read(left);
      if (!Operators.compare(compare.operators().get(i), left, right, budget)) {
        return Value.Bool.FALSE;
      }
      left = right;
    }
    return Value.Bool.TRUE;
  }
}
