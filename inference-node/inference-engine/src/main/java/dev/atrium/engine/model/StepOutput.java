package dev.atrium.engine.model;

import java.util.List;

/**
 * What one step gave: a row for each span that wanted logits, in the order of the spans. Valid until
 * the runner's next call.
 */
public interface StepOutput {
  int rows();

  /** The most likely token of a row (the lowest id among equals), without copying the vocabulary. */
  int argmax(int row);

  /**
   * Copies a row's logits, one a token of the vocabulary, to the beginning of {@code target}, which may
   * be longer.
   */
  void logits(int row, float[] target);

  /** Whether the device draws by itself, and tells likelihoods: then logits need not come here. */
  default boolean draws() {
    return false;
  }

  /**
   * Draws tokens on the device.
   *
   * @return their ids in the order of {@code draws}, {@link Draw#NOT_NUMBERS} where there is none
   * @throws ModelRunner.OutOfMemory if memory did not suffice for so many
   * @throws UnsupportedOperationException if the device does not draw
   */
  default int[] draw(List<Draw> draws) {
    throw new UnsupportedOperationException();
  }

  /**
   * How likely tokens are, told by the device.
   *
   * @param tokens one for each of {@code rows}
   * @param best how many of the likeliest are told too; fewer if the vocabulary has not so many
   * @throws ModelRunner.OutOfMemory if memory did not suffice for so many
   * @throws UnsupportedOperationException if the device does not draw
   */
  default List<Likelihood> likelihoods(int[] rows, int[] tokens, int best) {
    throw new UnsupportedOperationException();
  }
}
