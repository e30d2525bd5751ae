package dev.atrium.engine.text.jinja;

import dev.atrium.engine.text.jinja.Token.Kind;
import java.util.List;

/** A cursor over the tokens of a template, and the depth to which they are nested. */
final class Tokens {

  /** Deeper nesting than anybody writes; it bounds the stack of the parser. */
  private static final int MAX_DEPTH = 100;

  private final List<Token> tokens;
  private int pos;
  private int depth;

  Tokens(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token current() {
    return tokens.get(pos);
  }

  Token following() {
    return tokens.get(Math.min(pos + 1, tokens.size() - 1));
  }

  Token advance() {
    Token token = current();
    if (token.kind() != Kind.END) {
      pos++;
    }
    return token;
  }

  boolean skipOperator(String operator) {
    boolean there = current().isOperator(operator);
    if (there) {
      pos++;
    }
    return there;
  }

  boolean skipName(String name) {
    boolean there = current().isName(name);
    if (there) {
      pos++;
    }
    return there;
  }

  void expectOperator(String operator) {
    if (!skipOperator(operator)) {
      throw unexpected("expected \"" + operator + "\"");
    }
  }

  void expectName(String name) {
    if (!skipName(name)) {
      throw unexpected("expected \"" + name + "\"");
    }
  }

  String expectName() {
    if (current().kind() != Kind.NAME) {
      throw unexpected("expected a name");
    }
    return advance().text();
  }

  void expect(Kind kind) {
    if (current().kind() != kind) {
      throw unexpected("expected " + new Token(kind, "", current().at()).described());
    }
    advance();
  }

  JinjaException unexpected(String expectation) {
    return new JinjaException(
      current().at(),
      "unexpected " + current().described() + ", " + expectation
    );
  }

  void enter() {
    if (++depth > MAX_DEPTH) {
      throw new JinjaException(current().at(), "nested deeper than " + MAX_DEPTH + " levels");
    }
  }

  void leave() {
    depth--;
  }
}
