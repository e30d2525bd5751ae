package dev.atrium.engine.cli;

import java.util.Arrays;

/** The middle one of what was measured; of an even number the upper of the two. */
final class Median {

  private Median() {}

  /** NaN if there is none. */
  static double of(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
  }
}
