package dev.atrium.engine.grammar;

import java.util.Arrays;

/** A set of tokens: those that may come next. */
public final class TokenMask {

  private final long[] words;

  TokenMask(int vocabSize) {
    words = new long[(vocabSize + 63) / 64];
  }

  void clear() {
    Arrays.fill(words, 0);
  }

  void add(int id) {
    words[id >> 6] |= 1L << id;
  }

  void addAll(TokenMask other) {
    for (int i = 0; i < words.length; i++) {
      words[i] |= other.words[i];
    }
  }

  public boolean allows(int id) {
    return (words[id >> 6] & (1L << id)) != 0;
  }

  /** Bit {@code id % 64} of word {@code id / 64} is set for each of them. */
  public long[] words() {
    return words.clone();
  }

  public boolean isEmpty() {
    for (long word : words) {
      if (word != 0) {
        return false;
      }
    }
    return true;
  }

  /** Makes every other token impossible. */
  public void apply(float[] logits) {
    for (int i = 0; i < words.length; i++) {
      long word = words[i];
      if (word != -1L) {
        int end = Math.min((i + 1) * 64, logits.length);
        for (int id = i * 64; id < end; id++, word >>>= 1) {
          if ((word & 1) == 0) {
            logits[id] = Float.NEGATIVE_INFINITY;
          }
        }
      }
    }
  }
}
