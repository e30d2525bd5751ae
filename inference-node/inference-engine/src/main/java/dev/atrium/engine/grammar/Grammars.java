package dev.atrium.engine.grammar;

import dev.atrium.engine.text.Tokenizer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The grammars of one model: compiled once and kept, the least recently used going first. Any thread;
 * one compiles at a time, so that no flood of schemas takes all cores. The vocabulary is sorted when
 * the first grammar is asked for.
 */
public final class Grammars {

  private static final int KEPT = 32;

  private final Supplier<Vocabulary> reader;
  private final Map<OutputFormat, Grammar> kept = new LinkedHashMap<>(16, 0.75f, true) {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<OutputFormat, Grammar> eldest) {
      return size() > KEPT;
    }
  };
  private Vocabulary vocabulary;

  /** @param vocabSize of the network */
  public Grammars(Tokenizer tokenizer, int vocabSize, Set<Integer> eosIds) {
    this.reader = () -> Vocabulary.of(tokenizer, vocabSize, eosIds);
  }

  /**
   * @param format not {@link OutputFormat#FREE}
   * @throws SchemaException if it is a schema that can't be followed
   */
  public synchronized Grammar of(OutputFormat format) {
    Grammar known = kept.get(format);
    if (known == null) {
      if (vocabulary == null) {
        vocabulary = reader.get();
      }
      known = GrammarCompiler.compile(format, vocabulary);
      kept.put(format, known);
    }
    return known;
  }
}
