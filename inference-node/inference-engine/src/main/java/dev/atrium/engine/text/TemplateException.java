package dev.atrium.engine.text;

/**
 * A chat template that can't be compiled, or that refused or failed while rendering. Compile errors
 * always carry a place; {@code line} and {@code column} count from 1 and are 0 when the failure
 * belongs to no place in the source (a model without a template).
 */
public class TemplateException extends RuntimeException {

  private static final long serialVersionUID = 1L;
  private final int line;
  private final int column;
  private final String reason;

  public TemplateException(int line, int column, String reason) {
    super(line > 0 ? "line " + line + ", column " + column + ": " + reason : reason);
    this.line = line;
    this.column = column;
    this.reason = reason;
  }

  public int line() {
    return line;
  }

  public int column() {
    return column;
  }

  /** The message without its place. */
  public String reason() {
    return reason;
  }
}
