package dev.atrium.engine.text.jinja;

import dev.atrium.engine.text.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Expressions with Jinja's precedence: conditional, or, and, not, comparison, +, ~, *, **, sign. */
final class ExpressionParser {

  /** Longest chain of operators or members; it bounds the depth of the tree. */
  private static final int MAX_CHAIN = 200;

  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
  private static final Set<String> ENDS_TEST = Set.of("else", "or", "and", "if", "in", "not", "is");

  private final Tokens tokens;
  private final Primaries primaries;

  ExpressionParser(Tokens tokens, Names names) {
    this.tokens = tokens;
    this.primaries = new Primaries(tokens, this, names);
  }

  Expr expression() {
    tokens.enter();
    Expr expr = or();
    int chain = 0;
    while (tokens.current().isName("if")) {
      At at = tokens.advance().at();
      Expr test = or();
      Optional<Expr> otherwise = tokens.skipName("else")
        ? Optional.of(expression())
        : Optional.empty();
      expr = new Expr.Conditional(at, test, expr, otherwise);
      chain = link(chain);
    }
    tokens.leave();
    return expr;
  }

  /** Without {@code if}, which means something else after the items of a loop. */
  Expr withoutConditional() {
    return tuple(false, false);
  }

  /** One expression, or several with commas between them. */
  Expr tuple(boolean conditional, boolean emptyAllowed) {
    At at = tokens.current().at();
    List<Expr> items = new ArrayList<>();
    boolean tuple = false;
    while (!tupleEnds()) {
      items.add(conditional ? expression() : or());
      if (!tokens.skipOperator(",")) {
        break;
      }
      tuple = true;
    }
    if (items.isEmpty() && !emptyAllowed) {
      throw tokens.unexpected("expected an expression");
    }
    return tuple || items.isEmpty() ? new Expr.ListOf(at, items, true) : items.getFirst();
  }

  private boolean tupleEnds() {
    Token token = tokens.current();
    return (
      token.kind() == Kind.BLOCK_END || token.kind() == Kind.PRINT_END || token.isOperator(")")
    );
  }

  private int link(int chain) {
    if (chain >= MAX_CHAIN) {
      throw new JinjaException(
        tokens.current().at(),
        "more than " + MAX_CHAIN + " operations in one expression"
      );
    }
    return chain + 1;
  }

  private Expr or() {
    Expr left = and();
    for (int chain = 0; tokens.current().isName("or"); chain = link(chain)) {
      At at = tokens.advance().at();
      left = new Expr.Logic(at, false, left, and());
    }
    return left;
  }

  private Expr and() {
    Expr left = not();
    for (int chain = 0; tokens.current().isName("and"); chain = link(chain)) {
      At at = tokens.advance().at();
      left = new Expr.Logic(at, true, left, not());
    }
    return left;
  }

  private Expr not() {
    if (!tokens.current().isName("not")) {
      return comparison();
    }
    tokens.enter();
    At at = tokens.advance().at();
    Expr operand = not();
    tokens.leave();
    return new Expr.Not(at, operand);
  }

  private Expr comparison() {
    Expr first = sum();
    At at = tokens.current().at();
    List<String> operators = new ArrayList<>();
    List<Expr> rest = new ArrayList<>();
    while (true) {
      Token token = tokens.current();
      if (token.kind() == Kind.OPERATOR && COMPARISONS.contains(token.text())) {
        operators.add(tokens.advance().text());
      } else if (tokens.skipName("in")) {
        operators.add("in");
      } else if (token.isName("not") && tokens.following().isName("in")) {
        tokens.advance();
        tokens.advance();
        operators.add("not in");
      } else {
        return operators.isEmpty() ? first : new Expr.Compare(at, first, operators, rest);
      }
      rest.add(sum());
    }
  }

  private Expr sum() {
    Expr left = concat();
    for (int chain = 0; is("+", "-"); chain = link(chain)) {
      Token operator = tokens.advance();
      left = new Expr.Arithmetic(operator.at(), operator.text(), left, concat());
    }
    return left;
  }

  private Expr concat() {
    At at = tokens.current().at();
    Expr first = product();
    if (!is("~")) {
      return first;
    }
    List<Expr> parts = new ArrayList<>(List.of(first));
    while (tokens.skipOperator("~")) {
      parts.add(product());
    }
    return new Expr.Concat(at, parts);
  }

  private Expr product() {
    Expr left = power();
    for (int chain = 0; is("*", "/", "//", "%"); chain = link(chain)) {
      Token operator = tokens.advance();
      left = new Expr.Arithmetic(operator.at(), operator.text(), left, power());
    }
    return left;
  }

  private Expr power() {
    Expr left = unary(true);
    for (int chain = 0; is("**"); chain = link(chain)) {
      At at = tokens.advance().at();
      left = new Expr.Arithmetic(at, "**", left, unary(true));
    }
    return left;
  }

  private boolean is(String... operators) {
    for (String operator : operators) {
      if (tokens.current().isOperator(operator)) {
        return true;
      }
    }
    return false;
  }

  private Expr unary(boolean filters) {
    Expr expr;
    if (is("-", "+")) {
      tokens.enter();
      Token sign = tokens.advance();
      expr = new Expr.Sign(sign.at(), sign.text().equals("-"), unary(false));
      tokens.leave();
    } else {
      expr = primaries.primary();
    }
    expr = postfix(expr);
    return filters ? filters(expr) : expr;
  }

  private Expr postfix(Expr start) {
    Expr expr = start;
    for (int chain = 0; is(".", "[", "("); chain = link(chain)) {
      expr = primaries.postfix(expr);
    }
    return expr;
  }

  private Expr filters(Expr start) {
    Expr expr = start;
    for (int chain = 0; ; chain = link(chain)) {
      if (is("|")) {
        expr = filter(expr);
      } else if (tokens.current().isName("is")) {
        expr = test(expr);
      } else if (is("(")) {
        expr = primaries.postfix(expr);
      } else {
        return expr;
      }
    }
  }

  /** {@code | name(args)}. */
  Expr filter(Expr input) {
    tokens.expectOperator("|");
    At at = tokens.current().at();
    Filters.Filter filter = Filters.find(dotted(), at);
    Expr.Args args = is("(") ? arguments() : Expr.Args.NONE;
    filter.signature().check(at, args.positional().size(), args.named().keySet());
    Filters.checkNested(filter.name(), args, at);
    return new Expr.FilterCall(at, input, filter, args);
  }

  private Expr test(Expr input) {
    tokens.expectName("is");
    boolean negated = tokens.skipName("not");
    At at = tokens.current().at();
    Tests.Test test = Tests.find(dotted(), at);
    Expr.Args args = Expr.Args.NONE;
    if (is("(")) {
      args = arguments();
    } else if (testHasOperand()) {
      args = new Expr.Args(List.of(postfix(primaries.primary())), Map.of());
    }
    test.signature().check(at, args.positional().size(), args.named().keySet());
    Expr call = new Expr.TestCall(at, input, test, args);
    return negated ? new Expr.Not(at, call) : call;
  }

  private boolean testHasOperand() {
    Token token = tokens.current();
    return switch (token.kind()) {
      case STRING, INTEGER, FLOAT -> true;
      case NAME -> !ENDS_TEST.contains(token.text());
      case OPERATOR -> is("[", "{");
      default -> false;
    };
  }

  private String dotted() {
    StringBuilder name = new StringBuilder(tokens.expectName());
    while (tokens.skipOperator(".")) {
      name.append('.').append(tokens.expectName());
    }
    return name.toString();
  }

  /** {@code (a, b, name=c)}. */
  Expr.Args arguments() {
    tokens.expectOperator("(");
    List<Expr> positional = new ArrayList<>();
    Map<String, Expr> named = new LinkedHashMap<>();
    while (!is(")")) {
      if (is("*", "**")) {
        throw new JinjaException(tokens.current().at(), "unpacked arguments are not supported");
      }
      At at = tokens.current().at();
      if (tokens.current().kind() == Kind.NAME && tokens.following().isOperator("=")) {
        String name = tokens.expectName();
        tokens.expectOperator("=");
        if (named.put(name, expression()) != null) {
          throw new JinjaException(at, "the argument \"" + name + "\" is there twice");
        }
      } else if (named.isEmpty()) {
        positional.add(expression());
      } else {
        throw new JinjaException(at, "an argument without a name follows one with a name");
      }
      if (!tokens.skipOperator(",")) {
        break;
      }
    }
    tokens.expectOperator(")");
    return new Expr.Args(positional, named);
  }
}
