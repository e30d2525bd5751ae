package dev.atrium.starter.corpus;

import java.util.ArrayList;
import java.util.List;

/**
 * A text with choices in it, as the grammar files write it: {@code {rule}}, {@code (a|b)},
 * {@code [optional]}, {@code \n} for a new line and {@code \} before a character that is meant as itself.
 */
public sealed interface Pattern {
  record Text(String text) implements Pattern {}

  record Sequence(List<Pattern> parts) implements Pattern {}

  record Choice(List<Pattern> options) implements Pattern {}

  /** Half of the time there, half of the time not. */
  record Maybe(Pattern inner) implements Pattern {}

  /** One alternative of a rule, or a built-in such as {@code %num}. */
  record Rule(String name) implements Pattern {}

  /**
   * @throws IllegalArgumentException with the position, when brackets don't match
   */
  static Pattern parse(String source) {
    var parser = new Parser(source);
    var pattern = parser.sequence("");
    if (parser.at < source.length()) throw parser.error("unexpected '" + parser.peek() + "'");
    return pattern;
  }

  /** A recursive-descent reader over one line. */
  final class Parser {

    private final String source;
    private int at;

    private Parser(String source) {
      this.source = source;
    }

    private char peek() {
      return source.charAt(at);
    }

    private Pattern sequence(String ends) {
      var parts = new ArrayList<Pattern>();
      var text = new StringBuilder();
      while (at < source.length() && ends.indexOf(peek()) < 0) {
        char c = source.charAt(at++);
        switch (c) {
          case '\\' -> text.append(escaped());
          case '(', '[', '{' -> {
            flush(text, parts);
            parts.add(c == '(' ? choice() : c == '[' ? maybe() : reference());
          }
          case ')', ']', '}' -> throw error("'" + c + "' closes nothing");
          default -> text.append(c);
        }
      }
      flush(text, parts);
      return parts.size() == 1 ? parts.getFirst() : new Sequence(List.copyOf(parts));
    }

    private char escaped() {
      if (at == source.length()) throw error("nothing after \\");
      char c = source.charAt(at++);
      return c == 'n' ? '\n' : c;
    }

    private static void flush(StringBuilder text, List<Pattern> parts) {
      if (text.isEmpty()) return;
      parts.add(new Text(text.toString()));
      text.setLength(0);
    }

    private Pattern choice() {
      var options = new ArrayList<Pattern>();
      do {
        options.add(sequence("|)"));
        if (at == source.length()) throw error("'(' is not closed");
      } while (source.charAt(at++) == '|');
      return new Choice(List.copyOf(options));
    }

    private Pattern maybe() {
      var inner = sequence("]");
      if (at == source.length()) throw error("'[' is not closed");
      at++;
      return new Maybe(inner);
    }

    private Pattern reference() {
      int end = source.indexOf('}', at);
      if (end < 0) throw error("'{' is not closed");
      var name = source.substring(at, end);
      at = end + 1;
      return new Rule(name);
    }

    private IllegalArgumentException error(String what) {
      return new IllegalArgumentException(what + " at " + at + " in: " + source);
    }
  }
}
