package dev.atrium.engine.training;

import java.util.Arrays;

/**
 * Rows of tokens, all of one length, and for each place what should come after it.
 *
 * @param ids row by row
 * @param targets as long as {@code ids}; {@link #IGNORED} where nothing is to be learned
 * @param weights how much each place counts, compared with the others
 */
public record TrainingBatch(int rows, int length, int[] ids, int[] targets, float[] weights) {
  /** A place that is not learned from, such as the words of the user. */
  public static final int IGNORED = -100;

  public TrainingBatch {
    boolean fits = ids.length == rows * length && targets.length == ids.length;
    if (rows < 1 || length < 1 || !fits || weights.length != ids.length) {
      throw new IllegalArgumentException(
        "a batch of %d rows of %d can't have %d ids and %d targets".formatted(
          rows,
          length,
          ids.length,
          targets.length
        )
      );
    }
  }

  /** All places count the same. */
  public TrainingBatch(int rows, int length, int[] ids, int[] targets) {
    this(rows, length, ids, targets, ones(ids.length));
  }

  private static float[] ones(int n) {
    var all = new float[n];
    Arrays.fill(all, 1);
    return all;
  }

  /** How many places are learned from. */
  public int learned() {
    int n = 0;
    for (int target : targets) if (target != IGNORED) n++;
    return n;
  }
}
