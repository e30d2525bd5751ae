package dev.atrium.engine.text.jinja;

/** A failed operation that does not know its place; the evaluator adds it. */
final class Fault extends RuntimeException {

  private static final long serialVersionUID = 1L;

  Fault(String message) {
    super(message, null, false, false);
  }
}
