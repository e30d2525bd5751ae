package dev.atrium.engine.grammar;

import java.util.Arrays;

/**
 * The tokens that a terminal's state lets through, and the places in the tree of the vocabulary where
 * the terminal may have ended within a token, so that what follows it has a say in the rest. What lies
 * within the terminal does not depend on the rest of the grammar; that is why it is kept (XGrammar:
 * Dong et al., 2024, calls these tokens context-independent). Immutable.
 */
final class TerminalMask {

  /** Few tokens are listed, many are a set. */
  private final int[] few;
  private final TokenMask many;
  private final int[] exits;

  private TerminalMask(int[] few, TokenMask many, int[] exits) {
    this.few = few;
    this.many = many;
    this.exits = exits;
  }

  static TerminalMask of(TokenTrie trie, Terminal terminal, int state, Effort effort) {
    int[] states = new int[trie.longest() + 1];
    states[0] = state;
    int[] tokens = new int[16];
    int count = 0;
    int[] exits = new int[16];
    int exitCount = 0;
    int node = TokenTrie.ROOT + 1;
    while (node < trie.nodes()) {
      effort.spend(1);
      int depth = trie.depth(node);
      int next = terminal.next(states[depth - 1], trie.label(node));
      if (next == Terminal.DEAD) {
        node = trie.end(node);
        continue;
      }
      states[depth] = next;
      for (int i = 0; i < trie.tokens(node); i++) {
        tokens = roomFor(tokens, count);
        tokens[count++] = trie.token(node, i);
      }
      if (!trie.isLeaf(node) && terminal.accepts(next)) {
        exits = roomFor(exits, exitCount);
        exits[exitCount++] = node;
      }
      node++;
    }
    exits = Arrays.copyOf(exits, exitCount);
    if (count * Integer.SIZE < trie.vocabSize()) {
      return new TerminalMask(Arrays.copyOf(tokens, count), null, exits);
    }
    TokenMask many = new TokenMask(trie.vocabSize());
    for (int i = 0; i < count; i++) {
      many.add(tokens[i]);
    }
    return new TerminalMask(null, many, exits);
  }

  private static int[] roomFor(int[] array, int count) {
    return count < array.length ? array : Arrays.copyOf(array, 2 * count);
  }

  void addTo(TokenMask mask) {
    if (many != null) {
      mask.addAll(many);
      return;
    }
    for (int id : few) {
      mask.add(id);
    }
  }

  /** Nodes with others below them. */
  int[] exits() {
    return exits;
  }
}
