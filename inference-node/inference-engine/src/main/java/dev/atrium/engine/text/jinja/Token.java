package dev.atrium.engine.text.jinja;

/**
 * A token of a template.
 *
 * @param text the name, operator or number as written; the meaning of a string or of data
 */
record Token(Kind kind, String text, At at) {
  /** What a token is. */
  enum Kind {
    DATA,
    BLOCK_BEGIN,
    BLOCK_END,
    PRINT_BEGIN,
    PRINT_END,
    NAME,
    STRING,
    INTEGER,
    FLOAT,
    OPERATOR,
    END,
  }

  boolean isOperator(String operator) {
    return kind == Kind.OPERATOR && text.equals(operator);
  }

  boolean isName(String name) {
    return kind == Kind.NAME && text.equals(name);
  }

  /** For messages. */
  String described() {
    return switch (kind) {
      case DATA -> "text";
      case BLOCK_BEGIN -> "{%";
      case BLOCK_END -> "%}";
      case PRINT_BEGIN -> "{{";
      case PRINT_END -> "}}";
      case STRING -> "a string";
      case END -> "the end of the template";
      case NAME, INTEGER, FLOAT, OPERATOR -> "\"" + text + "\"";
    };
  }
}
