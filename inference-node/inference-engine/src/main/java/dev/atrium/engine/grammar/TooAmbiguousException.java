package dev.atrium.engine.grammar;

/** A grammar that leaves too much open to be followed in time; its sequence fails alone. */
public final class TooAmbiguousException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  TooAmbiguousException(String message) {
    super(message);
  }
}
