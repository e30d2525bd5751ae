package dev.atrium.engine.training;

/**
 * Rows of tokens, all of one length, and for each place what should come after it.
 *
 * @param ids row by row
 * @param targets as long as {@code ids}; {@link #IGNORED} where nothing is to be learned
 */
public record TrainingBatch(int rows, int length, int[] ids, int[] targets) {
  /** A place that is not learned from, such as the words of the user. */
  public static final int IGNORED = -100;

  public TrainingBatch {
    if (rows < 1 || length < 1 || ids.length != rows * length || targets.length != ids.length) {
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

  /** How many places are learned from. */
  public int learned() {
    int n = 0;
    for (int target : targets) if (target != IGNORED) n++;
    return n;
  }
}
