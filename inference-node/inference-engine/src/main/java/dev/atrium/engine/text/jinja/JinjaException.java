package dev.atrium.engine.text.jinja;

/** A template that can't be compiled or that failed while rendering, with the place in it. */
public final class JinjaException extends RuntimeException {

  private static final long serialVersionUID = 1L;
  private final transient At at;

  JinjaException(At at, String message) {
    super(message);
    this.at = at;
  }

  public int line() {
    return at.line();
  }

  public int column() {
    return at.column();
  }
}
