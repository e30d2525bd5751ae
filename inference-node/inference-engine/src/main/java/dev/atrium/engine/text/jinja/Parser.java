package dev.atrium.engine.text.jinja;

import dev.atrium.engine.text.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Statements: text, print tags and block tags. */
final class Parser {

  private final Tokens tokens;
  private final Names names = new Names();
  private final ExpressionParser expressions;
  private int loops;

  private Parser(List<Token> tokens) {
    this.tokens = new Tokens(tokens);
    this.expressions = new ExpressionParser(this.tokens, names);
  }

  static List<Stmt> parse(String source) {
    Parser parser = new Parser(Lexer.tokens(source));
    List<Stmt> body = parser.body();
    if (parser.tokens.current().kind() != Kind.END) {
      throw parser.tokens.unexpected("nothing is open that it could end");
    }
    parser.names.check();
    return body;
  }

  /** Up to one of the tags {@code ends}, whose name is the next token then. */
  private List<Stmt> body(String... ends) {
    tokens.enter();
    List<Stmt> body = new ArrayList<>();
    while (tokens.current().kind() != Kind.END) {
      Token token = tokens.advance();
      if (token.kind() == Kind.DATA) {
        body.add(new Stmt.Data(token.at(), Str.trusted(token.text())));
      } else if (token.kind() == Kind.PRINT_BEGIN) {
        body.add(new Stmt.Print(token.at(), expressions.tuple(true, false)));
        tokens.expect(Kind.PRINT_END);
      } else if (List.of(ends).contains(tokens.current().text())) {
        tokens.leave();
        return body;
      } else {
        body.add(statement());
      }
    }
    tokens.leave();
    if (ends.length > 0) {
      throw tokens.unexpected("expected \"" + ends[ends.length - 1] + "\"");
    }
    return body;
  }

  private void end(String name) {
    tokens.expectName(name);
    tokens.expect(Kind.BLOCK_END);
  }

  private Stmt statement() {
    At at = tokens.current().at();
    String tag = tokens.expectName();
    return switch (tag) {
      case "if" -> conditional(at);
      case "for" -> loop(at);
      case "set" -> set(at);
      case "macro" -> macro(at);
      case "generation" -> {
        tokens.expect(Kind.BLOCK_END);
        List<Stmt> body = body("endgeneration");
        end("endgeneration");
        yield new Stmt.Generation(at, body);
      }
      case "break", "continue" -> {
        if (loops == 0) {
          throw new JinjaException(at, "\"" + tag + "\" outside of a loop");
        }
        tokens.expect(Kind.BLOCK_END);
        yield tag.equals("break") ? new Stmt.Break(at) : new Stmt.Continue(at);
      }
      case
        "else",
        "elif",
        "endif",
        "endfor",
        "endset",
        "endmacro",
        "endgeneration",
        "endraw" -> throw new JinjaException(at, "\"" + tag + "\" has no beginning here");
      default -> throw new JinjaException(at, "the tag \"" + tag + "\" is not supported");
    };
  }

  private Stmt conditional(At at) {
    List<Stmt.Branch> branches = new ArrayList<>();
    do {
      Expr test = expressions.tuple(true, false);
      tokens.expect(Kind.BLOCK_END);
      branches.add(new Stmt.Branch(Optional.of(test), body("elif", "else", "endif")));
    } while (tokens.skipName("elif"));
    if (tokens.skipName("else")) {
      tokens.expect(Kind.BLOCK_END);
      branches.add(new Stmt.Branch(Optional.empty(), body("endif")));
    }
    end("endif");
    return new Stmt.If(at, branches);
  }

  private Stmt loop(At at) {
    Stmt.Target target = target(false);
    tokens.expectName("in");
    Expr items = expressions.withoutConditional();
    Optional<Expr> filter = tokens.skipName("if")
      ? Optional.of(expressions.expression())
      : Optional.empty();
    if (tokens.current().isName("recursive")) {
      throw new JinjaException(tokens.current().at(), "recursive loops are not supported");
    }
    tokens.expect(Kind.BLOCK_END);
    loops++;
    List<Stmt> body = body("else", "endfor");
    loops--;
    List<Stmt> otherwise = List.of();
    if (tokens.skipName("else")) {
      tokens.expect(Kind.BLOCK_END);
      otherwise = body("endfor");
    }
    end("endfor");
    return new Stmt.For(at, target, items, filter, body, otherwise);
  }

  private Stmt set(At at) {
    Stmt.Target target = target(true);
    if (tokens.skipOperator("=")) {
      Expr value = expressions.tuple(true, false);
      tokens.expect(Kind.BLOCK_END);
      return new Stmt.Set(at, target, value);
    }
    // The body's text is put under a name that no template can spell, then filtered.
    Expr filtered = new Expr.Name(at, Evaluator.CAPTURED);
    while (tokens.current().isOperator("|")) {
      filtered = expressions.filter(filtered);
    }
    tokens.expect(Kind.BLOCK_END);
    List<Stmt> body = body("endset");
    end("endset");
    return new Stmt.SetBlock(at, target, filtered, body);
  }

  private Stmt.Target target(boolean namespaceAllowed) {
    List<Stmt.Target> targets = new ArrayList<>();
    boolean several = false;
    boolean parentheses = tokens.skipOperator("(");
    do {
      if (several && tokens.current().kind() != Kind.NAME) {
        break;
      }
      targets.add(single(namespaceAllowed));
      several |= tokens.current().isOperator(",");
    } while (tokens.skipOperator(","));
    if (parentheses) {
      tokens.expectOperator(")");
    }
    return several ? new Stmt.Target.Several(targets) : targets.getFirst();
  }

  private Stmt.Target single(boolean namespaceAllowed) {
    At at = tokens.current().at();
    String name = tokens.expectName();
    if (List.of("true", "false", "none", "True", "False", "None", "loop").contains(name)) {
      throw new JinjaException(at, "\"" + name + "\" can't be assigned to");
    }
    if (namespaceAllowed && tokens.skipOperator(".")) {
      return new Stmt.Target.NamespaceMember(name, tokens.expectName());
    }
    names.defined(name);
    return new Stmt.Target.Variable(name);
  }

  private Stmt macro(At at) {
    String name = tokens.expectName();
    names.defined(name);
    List<Stmt.Parameter> parameters = new ArrayList<>();
    tokens.expectOperator("(");
    while (!tokens.current().isOperator(")")) {
      parameters.add(parameter(parameters));
      if (!tokens.skipOperator(",")) {
        break;
      }
    }
    tokens.expectOperator(")");
    tokens.expect(Kind.BLOCK_END);
    int outer = loops;
    loops = 0;
    List<Stmt> body = body("endmacro");
    loops = outer;
    end("endmacro");
    return new Stmt.MacroDef(at, name, parameters, body);
  }

  private Stmt.Parameter parameter(List<Stmt.Parameter> before) {
    At at = tokens.current().at();
    String name = tokens.expectName();
    names.defined(name);
    if (before.stream().anyMatch(p -> p.name().equals(name))) {
      throw new JinjaException(at, "the parameter \"" + name + "\" is there twice");
    }
    if (tokens.skipOperator("=")) {
      return new Stmt.Parameter(name, Optional.of(expressions.expression()));
    }
    if (!before.isEmpty() && before.getLast().fallback().isPresent()) {
      throw new JinjaException(at, "a parameter without a default follows one with a default");
    }
    return new Stmt.Parameter(name, Optional.empty());
  }
}
