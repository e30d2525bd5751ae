package dev.atrium.hub.generation;

/**
 * The attempts of one answer that were lost with their nodes. Nodes are killed and replaced, and the
 * answer goes on; but one that ends its nodes itself must not end all of them.
 */
final class Losses {

  /** Whoever got so far did not end its node by beginning. */
  private static final int PROGRESS = 16;

  private static final int MOST_IN_VAIN = 6;
  private static final int MOST = 20;

  private int all;
  private int inVain;

  /** An attempt is lost that had delivered so many tokens. */
  void add(int delivered) {
    all++;
    inVain = delivered < PROGRESS ? inVain + 1 : 0;
  }

  boolean any() {
    return all > 0;
  }

  /** Whether no other attempt should be made: too many in a row came to nothing, or too many in all. */
  boolean tooMany() {
    return inVain >= MOST_IN_VAIN || all >= MOST;
  }
}
