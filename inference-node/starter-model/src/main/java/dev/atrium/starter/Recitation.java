package dev.atrium.starter;

import dev.atrium.engine.training.BatchSource;
import dev.atrium.engine.training.TrainingBatch;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Rows of tokens by chance that come again and again: only who looks back can tell the next one. It is
 * what makes attention copy (Olsson et al., 2022, "In-context learning and induction heads"), long
 * before texts would. It begins with few different tokens and short periods, for with all of them at
 * once nothing is learned in the first seven hundred steps.
 */
final class Recitation implements BatchSource {

  private static final int LENGTH = 128;
  private static final int SHORTEST = 2;
  private static final int LONGEST_AT_FIRST = 16;
  private static final int LONGEST = 60;
  private static final int TOKENS_AT_FIRST = 128;

  private final long seed;
  private final int rows;
  private final int first;
  private final int vocabulary;
  private final long steps;

  /**
   * @param tokens of one batch
   * @param steps after how many all tokens and the longest periods come
   * @param first id that may come; those before it are special
   */
  Recitation(long seed, int tokens, int first, int vocabulary, long steps) {
    this.seed = seed;
    this.rows = tokens / LENGTH;
    this.first = first;
    this.vocabulary = vocabulary;
    this.steps = steps;
  }

  @Override
  public TrainingBatch batch(long step) {
    var random = new SplittableRandom(seed * 0x94d049bb133111ebL + step);
    var ids = new int[rows * LENGTH];
    var targets = new int[ids.length];
    Arrays.fill(targets, TrainingBatch.IGNORED);
    double progress = Math.min(1, (double) step / steps);
    int longest = (int) (LONGEST_AT_FIRST + progress * (LONGEST - LONGEST_AT_FIRST));
    int few = Math.min(TOKENS_AT_FIRST, vocabulary - first);
    int most = (int) Math.round(few * Math.pow((double) (vocabulary - first) / few, progress));
    for (int row = 0; row < rows; row++) {
      int from = row * LENGTH;
      int period = SHORTEST + random.nextInt(longest - SHORTEST + 1);
      for (int i = 0; i < LENGTH; i++) {
        ids[from + i] = i < period
          ? first + random.nextInt(most)
          : ids[from + i - period];
        if (i >= period) targets[from + i - 1] = ids[from + i];
      }
    }
    return new TrainingBatch(rows, LENGTH, ids, targets);
  }
}
