package dev.atrium.engine.grammar;

/**
 * The form that an answer must have, compiled for one vocabulary: a pushdown automaton over bytes.
 * Immutable but for the masks that it remembers; may be shared between threads and sequences.
 *
 * <p>The ideas: masks over the vocabulary from automata over its tokens' texts (Willard and Louf,
 * "Efficient Guided Generation for Large Language Models", 2023); nested structure by a stack, and
 * masks kept for what does not depend on it (Dong et al., "XGrammar", 2024).
 */
public final class Grammar {

  /** How deep arrays and objects may lie in one another. */
  static final int DEPTH = 64;

  /** Masks kept for each grammar; at most a few megabytes. */
  private static final int MASKS = 256;

  private final Node start;
  private final Vocabulary vocabulary;
  private final Masks masks;

  Grammar(Node start, Vocabulary vocabulary) {
    this.start = start;
    this.vocabulary = vocabulary;
    this.masks = new Masks(vocabulary.trie(), MASKS);
  }

  /** A matcher at the beginning of an answer. */
  public Matcher matcher() {
    return new Matcher(this);
  }

  Node start() {
    return start;
  }

  Vocabulary vocabulary() {
    return vocabulary;
  }

  TerminalMask mask(Terminal terminal, int state, Effort effort) {
    return Terminals.SHARED.contains(terminal)
      ? vocabulary.masks().of(terminal, state, effort)
      : masks.of(terminal, state, effort);
  }
}
