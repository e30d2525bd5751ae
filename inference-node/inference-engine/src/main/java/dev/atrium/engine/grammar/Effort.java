package dev.atrium.engine.grammar;

/**
 * How much one answer's matcher, or the making of one grammar, may work. A matcher shares its thread
 * with everybody's answers: a grammar that leaves much open may take its time now and then, and ends
 * where it would do so at each token.
 */
final class Effort {

  /** Steps of some nanoseconds. */
  private static final int MOST = 20_000_000;
  private static final int PER_TOKEN = 500_000;

  private int left = MOST;

  /** @throws TooAmbiguousException if it was too much */
  void spend(int steps) {
    left -= steps;
    if (left < 0) {
      throw new TooAmbiguousException("the format leaves too much open to be followed in time");
    }
  }

  /** A token was written. */
  void rest() {
    left = Math.min(MOST, left + PER_TOKEN);
  }
}
