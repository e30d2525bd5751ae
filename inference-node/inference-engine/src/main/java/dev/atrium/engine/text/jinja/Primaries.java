package dev.atrium.engine.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The innermost parts of expressions: literals, names, members, subscripts, calls. */
final class Primaries {

  private final Tokens tokens;
  private final ExpressionParser expressions;
  private final Names names;

  Primaries(Tokens tokens, ExpressionParser expressions, Names names) {
    this.tokens = tokens;
    this.expressions = expressions;
    this.names = names;
  }

  Expr primary() {
    Token token = tokens.current();
    return switch (token.kind()) {
      case NAME -> {
        tokens.advance();
        yield name(token);
      }
      case STRING -> string(token.at());
      case INTEGER -> {
        tokens.advance();
        yield new Expr.Literal(token.at(), integer(token));
      }
      case FLOAT -> {
        tokens.advance();
        yield new Expr.Literal(token.at(), new Value.Real(Double.parseDouble(token.text())));
      }
      case OPERATOR -> switch (token.text()) {
        case "(" -> parentheses();
        case "[" -> list(token.at());
        case "{" -> dict(token.at());
        default -> throw tokens.unexpected("expected an expression");
      };
      default -> throw tokens.unexpected("expected an expression");
    };
  }

  private static Expr name(Token token) {
    return switch (token.text()) {
      case "true", "True" -> new Expr.Literal(token.at(), Value.Bool.TRUE);
      case "false", "False" -> new Expr.Literal(token.at(), Value.Bool.FALSE);
      case "none", "None" -> new Expr.Literal(token.at(), Value.NONE);
      default -> new Expr.Name(token.at(), token.text());
    };
  }

  private Expr string(At at) {
    StringBuilder text = new StringBuilder();
    while (tokens.current().kind() == Token.Kind.STRING) {
      text.append(tokens.advance().text());
    }
    return new Expr.Literal(at, Str.trusted(text.toString()));
  }

  private static Value integer(Token token) {
    String digits = token.text();
    int radix = digits.length() < 2
      ? 10
      : switch (digits.charAt(1)) {
        case 'x', 'X' -> 16;
        case 'o', 'O' -> 8;
        case 'b', 'B' -> 2;
        default -> 10;
      };
    try {
      return new Value.Int(Long.parseLong(digits, radix == 10 ? 0 : 2, digits.length(), radix));
    } catch (NumberFormatException _) {
      throw new JinjaException(token.at(), "the number is too large");
    }
  }

  private Expr parentheses() {
    tokens.expectOperator("(");
    Expr inner = expressions.tuple(true, true);
    tokens.expectOperator(")");
    return inner;
  }

  private Expr list(At at) {
    tokens.expectOperator("[");
    List<Expr> items = new ArrayList<>();
    while (!tokens.current().isOperator("]")) {
      items.add(expressions.expression());
      if (!tokens.skipOperator(",")) {
        break;
      }
    }
    tokens.expectOperator("]");
    return new Expr.ListOf(at, items, false);
  }

  private Expr dict(At at) {
    tokens.expectOperator("{");
    List<Expr> keys = new ArrayList<>();
    List<Expr> values = new ArrayList<>();
    while (!tokens.current().isOperator("}")) {
      keys.add(expressions.expression());
      tokens.expectOperator(":");
      values.add(expressions.expression());
      if (!tokens.skipOperator(",")) {
        break;
      }
    }
    tokens.expectOperator("}");
    return new Expr.DictOf(at, keys, values);
  }

  /** One member, subscript or call after an expression. */
  Expr postfix(Expr target) {
    At at = tokens.current().at();
    if (tokens.skipOperator(".")) {
      return member(at, target);
    }
    if (tokens.skipOperator("[")) {
      Expr item = subscript(at, target);
      tokens.expectOperator("]");
      return item;
    }
    return call(at, target);
  }

  private Expr member(At at, Expr target) {
    Token token = tokens.current();
    if (token.kind() == Token.Kind.INTEGER) {
      tokens.advance();
      return new Expr.Item(at, target, new Expr.Literal(token.at(), integer(token)));
    }
    return new Expr.Member(token.at(), target, tokens.expectName());
  }

  private Expr subscript(At at, Expr target) {
    Optional<Expr> from = part();
    if (!tokens.skipOperator(":")) {
      return new Expr.Item(
        at,
        target,
        from.orElseThrow(() -> tokens.unexpected("expected an index"))
      );
    }
    Optional<Expr> to = part();
    Optional<Expr> step = tokens.skipOperator(":") ? part() : Optional.empty();
    return new Expr.Slice(at, target, from, to, step);
  }

  private Optional<Expr> part() {
    boolean absent = tokens.current().isOperator(":") || tokens.current().isOperator("]");
    return absent ? Optional.empty() : Optional.of(expressions.expression());
  }

  private Expr call(At at, Expr target) {
    Expr.Args args = expressions.arguments();
    return switch (target) {
      case Expr.Member(At place, Expr object, String name) -> {
        Methods.check(name, args, place);
        yield new Expr.MethodCall(place, object, name, args);
      }
      case Expr.Name(At place, String name) when Functions.find(name) != null -> {
        Functions.Function function = Functions.find(name);
        function.signature().check(place, args.positional().size(), args.named().keySet());
        yield new Expr.FunctionCall(place, function, args);
      }
      case Expr.Name(At place, String name) -> {
        names.called(name, place);
        yield new Expr.MacroCall(place, target, args);
      }
      default -> throw new JinjaException(at, "only functions, macros and methods can be called");
    };
  }
}
