package dev.atrium.engine.djl;

import dev.atrium.engine.model.Rope;
import dev.atrium.engine.model.Rope.Scaling;

/**
 * The scalings of rotary positions written a second time, after what transformers do: by wave lengths
 * for llama3, by interpolated and extrapolated frequencies for yarn.
 */
final class ReferenceRope {

  private ReferenceRope() {}

  static double frequency(Rope rope, int j, int d) {
    double plain = 1 / Math.pow(rope.theta(), (double) (2 * j) / d);
    return switch (rope.scaling()) {
      case Scaling.None _ -> plain;
      case Scaling.Linear linear -> plain / linear.factor();
      case Scaling.Llama3 l -> {
        double wave = (2 * Math.PI) / plain;
        if (wave < l.original() / l.highFreqFactor()) {
          yield plain;
        }
        if (wave > l.original() / l.lowFreqFactor()) {
          yield plain / l.factor();
        }
        double smooth =
          (l.original() / wave - l.lowFreqFactor()) / (l.highFreqFactor() - l.lowFreqFactor());
        yield ((1 - smooth) * plain) / l.factor() + smooth * plain;
      }
      case Scaling.Yarn y -> {
        double low = correction(y.betaFast(), d, rope.theta(), y.original());
        double high = correction(y.betaSlow(), d, rope.theta(), y.original());
        low = Math.max(y.truncate() ? Math.floor(low) : low, 0);
        high = Math.min(y.truncate() ? Math.ceil(high) : high, d - 1.0);
        if (low == high) {
          high += 0.001;
        }
        double ramp = Math.min(1, Math.max(0, (j - low) / (high - low)));
        double extrapolated = 1 - ramp;
        yield (plain / y.factor()) * (1 - extrapolated) + plain * extrapolated;
      }
    };
  }

  static double amplitude(Rope rope) {
    return rope.scaling() instanceof Scaling.Yarn yarn ? yarn.amplitude() : 1;
  }

  private static double correction(double rotations, int d, double theta, int positions) {
    double inside = positions / (rotations * 2 * Math.PI);
    return (d * Math.log(inside)) / (2 * Math.log(theta));
  }
}
