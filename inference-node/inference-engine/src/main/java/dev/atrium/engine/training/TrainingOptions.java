package dev.atrium.engine.training;

import dev.atrium.engine.model.Device;

/**
 * How to train.
 *
 * @param steps length of the schedule; the rate is near nothing at its end
 * @param rate highest learning rate, reached after {@code warmUp} steps
 * @param warmUp steps in which the rate rises in a straight line
 * @param decay weight decay of the matrices
 * @param clip largest common norm of all gradients
 * @param seed of the first weights
 * @param threads native threads, on the processor
 * @param device where weights, moments and steps are; a checkpoint may go on on another one
 * @param copying whether the first weights copy already ({@link CopyingStart}), or are random alone
 */
public record TrainingOptions(
  long steps,
  double rate,
  long warmUp,
  double decay,
  double clip,
  long seed,
  int threads,
  Device device,
  boolean copying
) {
  static final double BETA_1 = 0.9;
  static final double BETA_2 = 0.98;

  /** What is left of the rate at the end. */
  private static final double FLOOR = 0.03;

  public TrainingOptions {
    if (steps < 1 || rate <= 0 || warmUp < 0 || decay < 0 || clip <= 0 || threads < 1) {
      throw new IllegalArgumentException(
        "steps, rate, clip and threads must be above 0, warm-up and decay not below"
      );
    }
  }

  /** On the processor, from random weights. */
  public TrainingOptions(
    long steps,
    double rate,
    long warmUp,
    double decay,
    double clip,
    long seed,
    int threads
  ) {
    this(steps, rate, warmUp, decay, clip, seed, threads, Device.CPU, false);
  }

  /** Up in a straight line, then down half a cosine. The first step is 1. */
  public double rateAt(long step) {
    if (step <= warmUp) return (rate * step) / Math.max(1, warmUp);
    double progress = Math.min(1, (double) (step - warmUp) / Math.max(1, steps - warmUp));
    return rate * (FLOOR + ((1 - FLOOR) * (1 + Math.cos(Math.PI * progress))) / 2);
  }

  public TrainingOptions withSteps(long value) {
    return new TrainingOptions(
      value,
      rate,
      Math.min(warmUp, value / 4),
      decay,
      clip,
      seed,
      threads,
      device,
      copying
    );
  }

  public TrainingOptions withDevice(Device value) {
    return new TrainingOptions(steps, rate, warmUp, decay, clip, seed, threads, value, copying);
  }

  /** From weights that copy already. */
  public TrainingOptions withCopying() {
    return new TrainingOptions(steps, rate, warmUp, decay, clip, seed, threads, device, true);
  }
}
