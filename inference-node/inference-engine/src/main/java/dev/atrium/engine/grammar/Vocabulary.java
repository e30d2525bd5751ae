package dev.atrium.engine.grammar;

import dev.atrium.engine.text.Tokenizer;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A model's tokens as grammars see them: their texts, which of them end an answer, and the masks of
 * what is the same in all grammars. May be shared between threads.
 */
public final class Vocabulary {

  private static final int MASKS = 1_024;

  private final TokenTrie trie;
  private final Set<Integer> eosIds;
  private final Masks masks;

  private Vocabulary(TokenTrie trie, Set<Integer> eosIds) {
    this.trie = trie;
    this.eosIds = Set.copyOf(eosIds);
    this.masks = new Masks(trie, MASKS);
  }

  /**
   * Takes the time of sorting the vocabulary, and of the largest masks, so that no step has to.
   *
   * @param vocabSize of the network
   */
  public static Vocabulary of(Tokenizer tokenizer, int vocabSize, Set<Integer> eosIds) {
    Set<Integer> ends = eosIds
      .stream()
      .filter(id -> id < vocabSize)
      .collect(Collectors.toSet());
    Vocabulary made = new Vocabulary(TokenTrie.of(tokenizer, vocabSize), ends);
    for (Terminal terminal : Terminals.SHARED) {
      made.masks.of(terminal, terminal.start(), new Effort());
    }
    int inside = Terminals.TEXT.next(Terminals.TEXT.start(), '"');
    made.masks.of(Terminals.TEXT, inside, new Effort());
    return made;
  }

  TokenTrie trie() {
    return trie;
  }

  Set<Integer> eosIds() {
    return eosIds;
  }

  Masks masks() {
    return masks;
  }
}
