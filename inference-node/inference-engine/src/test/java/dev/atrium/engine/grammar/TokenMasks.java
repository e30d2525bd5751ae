package dev.atrium.engine.grammar;

import java.util.function.IntPredicate;

/** Masks that no grammar made. */
public final class TokenMasks {

  private TokenMasks() {}

  public static TokenMask of(int vocabSize, IntPredicate allowed) {
    TokenMask mask = new TokenMask(vocabSize);
    for (int id = 0; id < vocabSize; id++) {
      if (allowed.test(id)) {
        mask.add(id);
      }
    }
    return mask;
  }
}
