package dev.atrium.engine.grammar;

import static dev.atrium.engine.grammar.Regex.maybe;
import static dev.atrium.engine.grammar.Regex.of;
import static dev.atrium.engine.grammar.Regex.range;
import static dev.atrium.engine.grammar.Regex.repeat;
import static dev.atrium.engine.grammar.Regex.seq;
import static dev.atrium.engine.grammar.Regex.text;

import java.util.Set;

/**
 * What every JSON text is made of. Numbers are short enough for a 64-bit float to hold them as they
 * are written (RFC 7493), and white space between tokens is one space, or a line feed with an
 * indentation: without such bounds a weak model can write spaces or digits for ever.
 */
final class Terminals {

  /** A space, a line feed with an indentation, or nothing. */
  static final Terminal SPACE = dfa(
    maybe(Regex.alt(text(" "), seq(text("\n"), Regex.alt(spaces(), tabs()))))
  );
  static final Terminal TEXT = new Text(0, Text.ANY);
  static final Regex DIGIT = range('0', '9');
  /** Before the point: what has 15 digits is below 2^53. */
  static final Regex WHOLE = Regex.alt(text("0"), seq(range('1', '9'), repeat(DIGIT, 0, 14)));
  static final Terminal INTEGER = dfa(seq(maybe(text("-")), WHOLE));
  static final Terminal NUMBER = dfa(
    seq(
      maybe(text("-")),
      WHOLE,
      maybe(seq(text("."), repeat(DIGIT, 1, 15))),
      maybe(seq(of("eE"), maybe(of("+-")), repeat(DIGIT, 1, 2)))
    )
  );
  static final Terminal TRUE_OR_FALSE = Words.of("true", "false");
  static final Terminal NULL = Words.of("null");
  static final Terminal OPEN_OBJECT = Words.of("{");
  static final Terminal CLOSE_OBJECT = Words.of("}");
  static final Terminal OPEN_ARRAY = Words.of("[");
  static final Terminal CLOSE_ARRAY = Words.of("]");
  static final Terminal COMMA = Words.of(",");
  static final Terminal COLON = Words.of(":");

  /** Those of every schema, whose masks are worth keeping for all of them. */
  static final Set<Terminal> SHARED = Set.of(
    SPACE,
    TEXT,
    INTEGER,
    NUMBER,
    TRUE_OR_FALSE,
    NULL,
    OPEN_OBJECT,
    CLOSE_OBJECT,
    OPEN_ARRAY,
    CLOSE_ARRAY,
    COMMA,
    COLON
  );

  private static final int STATES = 200;

  private Terminals() {}

  private static Regex spaces() {
    return repeat(text(" "), 0, 40);
  }

  private static Regex tabs() {
    return repeat(text("\t"), 1, 10);
  }

  private static Dfa dfa(Regex regex) {
    return Dfa.of(regex, STATES, new Effort());
  }
}
