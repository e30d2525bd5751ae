package dev.atrium.engine.model;

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
}
