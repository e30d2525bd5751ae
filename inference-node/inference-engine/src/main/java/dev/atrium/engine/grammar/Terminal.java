package dev.atrium.engine.grammar;

/**
 * A regular language over bytes, as a deterministic automaton: a string, a number, a key with its
 * quotes. States are numbers of its own choosing, so that what counts needs no table.
 */
interface Terminal {
  /** No text goes on from here to one of the language. */
  int DEAD = -1;

  int start();

  /** The state after one more byte (0 to 255), or {@link #DEAD}. */
  int next(int state, int b);

  /** Whether what was read is a text of the language. */
  boolean accepts(int state);

  /** Whether no byte may follow. */
  boolean closed(int state);

  /** Two states of one key are told apart by no text of at most {@code length} bytes. */
  default long key(int state, int length) {
    return state;
  }
}
