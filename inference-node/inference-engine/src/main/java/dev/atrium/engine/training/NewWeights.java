package dev.atrium.engine.training;

import dev.atrium.engine.model.NetworkShape;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * First values of a network: matrices normal with a deviation of 0.02, those that write into the
 * residual stream smaller by the root of twice the layers (Radford et al., 2019), norms one.
 */
record NewWeights(long[] shape, float[] values) {
  private static final double DEVIATION = 0.02;

  /** All weights, in the order of decoder.py. */
  static List<NewWeights> of(NetworkShape shape, long seed) {
    var random = new SplittableRandom(seed);
    var all = new ArrayList<NewWeights>();
    int width = shape.width();
    double residual = DEVIATION / Math.sqrt(2.0 * shape.layers());
    all.add(matrix(random, DEVIATION, shape.vocab(), width));
    all.add(ones(width));
    for (int i = 0; i < shape.layers(); i++) {
      all.add(ones(width));
      all.add(matrix(random, DEVIATION, shape.qkvRows(), width));
      all.add(matrix(random, residual, width, shape.heads() * shape.headDim()));
      all.add(ones(width));
      all.add(matrix(random, DEVIATION, 2 * shape.ffn(), width));
      all.add(matrix(random, residual, width, shape.ffn()));
    }
    if (!shape.tied()) all.add(matrix(random, DEVIATION, shape.vocab(), width));
    return all;
  }

  private static NewWeights matrix(SplittableRandom random, double deviation, int rows, int width) {
    var values = new float[rows * width];
    for (int i = 0; i < values.length; i++) values[i] = (float) (deviation * random.nextGaussian());
    return new NewWeights(new long[] { rows, width }, values);
  }

  private static NewWeights ones(int width) {
    var values = new float[width];
    java.util.Arrays.fill(values, 1);
    return new NewWeights(new long[] { width }, values);
  }
}
