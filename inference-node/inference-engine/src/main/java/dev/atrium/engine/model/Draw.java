package dev.atrium.engine.model;

/**
 * What a device has to know to draw a token by itself, from one row of a step's logits. In this order:
 * {@code biases} are added, positive logits of tokens that were {@code seen} are divided by the
 * repetition penalty and negative ones multiplied, {@code losses} are added, everything that is not
 * {@code allowed} becomes impossible; then temperature, top-k, top-p and min-p as the
 * engine's {@code SamplingParams} says.
 *
 * <p>Where top-k and top-p keep everything, tokens follow each other by their ids, else by their logits:
 * best first, lower ids before equal ones. The first is drawn that weighs, together with those before
 * it, more than the share {@code u} of what all that are left weigh.
 *
 * @param row of the step's output
 * @param temperature above 0
 * @param topK 1 draws the best; 0 is off
 * @param topP above 0; 1 is off
 * @param minP 0 is off
 * @param u in [0, 1)
 * @param seen a set of tokens: bit {@code id % 64} of word {@code id / 64}; words of zeros may be missing
 * @param repetition above 0; 1 is off
 * @param allowed a set of tokens, at least one; none at all if everything is allowed
 */
public record Draw(
  int row,
  double temperature,
  int topK,
  double topP,
  double minP,
  double u,
  Shift biases,
  long[] seen,
  float repetition,
  Shift losses,
  long[] allowed
) {
  /** Instead of a token: the logits were not numbers. */
  public static final int NOT_NUMBERS = -1;

  /**
   * What is added to some logits.
   *
   * @param ids each once
   * @param by as many
   */
  public record Shift(int[] ids, float[] by) {
    public static final Shift NONE = new Shift(new int[0], new float[0]);
  }
}
