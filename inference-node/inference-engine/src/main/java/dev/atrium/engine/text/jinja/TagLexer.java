package dev.atrium.engine.text.jinja;

import dev.atrium.engine.text.jinja.Token.Kind;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The tokens inside of one tag: names, numbers, strings, operators. */
final class TagLexer {

  private static final Pattern FLOAT = Pattern.compile(
    "(?:\\d+_)*+\\d++(?:(?:\\.(?:\\d+_)*+\\d++)?[eE][+-]?\\d++|\\.(?:\\d+_)*+\\d++)"
  );
  private static final Pattern INTEGER = Pattern.compile(
    "0[bB](?:_?[01])++|0[oO](?:_?[0-7])++|0[xX](?:_?[0-9a-fA-F])++|[1-9](?:_?\\d)*+|0(?:_?0)*+"
  );
  private static final List<String> LONG_OPERATORS = List.of("//", "**", "==", "!=", ">=", "<=");
  private static final String OPERATORS = "+-/*%~[](){}<>=.:|,;";

  private final Source source;
  private final String text;
  private final List<Token> tokens;
  private final Deque<Character> open = new ArrayDeque<>();

  TagLexer(Source source, List<Token> tokens) {
    this.source = source;
    this.text = source.text;
    this.tokens = tokens;
  }

  /** Whether every bracket opened so far is closed; only then can the tag end. */
  boolean balanced() {
    return open.isEmpty();
  }

  /** Reads one token, or white space, and returns where it ends. */
  int next(int pos) {
    int c = text.codePointAt(pos);
    if (PythonText.isSpace(c)) {
      return pos + 1;
    }
    if (c >= '0' && c <= '9') {
      return number(pos);
    }
    if (c == '_' || Character.isUnicodeIdentifierStart(c)) {
      return name(pos);
    }
    if (c == '"' || c == '\'') {
      return string(pos);
    }
    return operator(pos);
  }

  private int number(int pos) {
    for (Kind kind : List.of(Kind.FLOAT, Kind.INTEGER)) {
      Matcher matcher = (kind == Kind.FLOAT ? FLOAT : INTEGER).matcher(text);
      // "a.0.1" is a member of a member, not a fraction.
      boolean member = pos > 0 && text.charAt(pos - 1) == '.';
      if (!(kind == Kind.FLOAT && member) && matcher.region(pos, text.length()).lookingAt()) {
        add(kind, matcher.group().replace("_", ""), pos);
        return matcher.end();
      }
    }
    throw new JinjaException(source.at(pos), "not a number");
  }

  private int name(int pos) {
    int end = pos;
    while (end < text.length() && Character.isUnicodeIdentifierPart(text.codePointAt(end))) {
      int c = text.codePointAt(end);
      if (Character.isIdentifierIgnorable(c)) {
        throw new JinjaException(source.at(end), "an unexpected character in a name");
      }
      end += Character.charCount(c);
    }
    add(Kind.NAME, text.substring(pos, end), pos);
    return end;
  }

  private int string(int pos) {
    char quote = text.charAt(pos);
    int end = pos + 1;
    while (end < text.length() && text.charAt(end) != quote) {
      end += text.charAt(end) == '\\' ? 2 : 1;
    }
    if (end >= text.length()) {
      throw new JinjaException(source.at(pos), "the string is never closed");
    }
    add(Kind.STRING, Escapes.decode(text.substring(pos + 1, end), source.at(pos)), pos);
    return end + 1;
  }

  private int operator(int pos) {
    for (String operator : LONG_OPERATORS) {
      if (text.startsWith(operator, pos)) {
        add(Kind.OPERATOR, operator, pos);
        return pos + 2;
      }
    }
    char c = text.charAt(pos);
    if (OPERATORS.indexOf(c) < 0) {
      throw new JinjaException(
        source.at(pos),
        "unexpected character " + Character.getName(text.codePointAt(pos))
      );
    }
    balance(c, pos);
    add(Kind.OPERATOR, String.valueOf(c), pos);
    return pos + 1;
  }

  private void balance(char c, int pos) {
    int opening = "([{".indexOf(c);
    if (opening >= 0) {
      open.push(")]}".charAt(opening));
    } else if (c == ')' || c == ']' || c == '}') {
      if (open.isEmpty() || open.pop() != c) {
        throw new JinjaException(source.at(pos), "unexpected \"" + c + "\"");
      }
    }
  }

  private void add(Kind kind, String value, int pos) {
    tokens.add(new Token(kind, value, source.at(pos)));
  }
}
