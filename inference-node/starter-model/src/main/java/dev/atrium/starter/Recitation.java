package dev.atrium.starter;

import dev.atrium.engine.training.BatchSource;
import dev.atrium.engine.training.TrainingBatch;
import dev.atrium.engine.training.TrainingOptions;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Rows of tokens by chance that come again and again: only who looks back can tell the next one. They
 * keep the heads that copy (the first weights have some, see {@link TrainingOptions#withCopying}) from
 * being forgotten while easier things are learned.
 */
final class Recitation implements BatchSource {

  private static final int LENGTH = 128;
  private static final int SHORTEST = 3;
  private static final int LONGEST = 60;

  private final long seed;
  private final int rows;
  private final int first;
  private final int vocabulary;

  /**
   * @param tokens of one batch
   * @param first id that may come; those before it are special
   */
  Recitation(long seed, int tokens, int first, int vocabulary) {
    this.seed = seed;
    this.rows = tokens / LENGTH;
    this.first = first;
    this.vocabulary = vocabulary;
  }

  @Override
  public TrainingBatch batch(long step) {
    var random = new SplittableRandom(seed * 0x94d049bb133111ebL + step);
    var ids = new int[rows * LENGTH];
    var targets = new int[ids.length];
    Arrays.fill(targets, TrainingBatch.IGNORED);
    for (int row = 0; row < rows; row++) {
      int from = row * LENGTH;
      int period = SHORTEST + random.nextInt(LONGEST - SHORTEST + 1);
      for (int i = 0; i < LENGTH; i++) {
        ids[from + i] = i < period
          ? first + random.nextInt(vocabulary - first)
          : ids[from + i - period];
        if (i >= period) targets[from + i - 1] = ids[from + i];
      }
    }
    return new TrainingBatch(rows, LENGTH, ids, targets);
  }
}
