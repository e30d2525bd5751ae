package dev.atrium.engine.grammar;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The masks that were worked out, by terminal and state; the least recently used go first. May be
 * shared between threads.
 */
final class Masks {

  /** Terminals are known by who they are. */
  private record Key(Terminal terminal, long state) {}

  private final TokenTrie trie;
  private final Map<Key, TerminalMask> kept;

  Masks(TokenTrie trie, int most) {
    this.trie = trie;
    this.kept = new LinkedHashMap<>(64, 0.75f, true) {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<Key, TerminalMask> eldest) {
        return size() > most;
      }
    };
  }

  TerminalMask of(Terminal terminal, int state, Effort effort) {
    Key key = new Key(terminal, terminal.key(state, trie.longest()));
    synchronized (kept) {
      TerminalMask known = kept.get(key);
      if (known != null) {
        return known;
      }
    }
    // Twice at the same time does no harm: both are the same.
    TerminalMask made = TerminalMask.of(trie, terminal, state, effort);
    synchronized (kept) {
      kept.put(key, made);
    }
    return made;
  }
}
