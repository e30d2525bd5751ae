package dev.atrium.engine.model;

/**
 * How queries and keys are turned to their positions (rotary embedding: Su et al., "RoFormer", 2021).
 *
 * @param theta base of the angles
 * @param scaling what is done to the angles to reach beyond the positions of the first training
 */
public record Rope(double theta, Scaling scaling) {
  public Rope {
    if (!(theta > 1)) {
      throw new IllegalArgumentException("rope_theta must be above 1, not " + theta);
    }
  }

  /** The plain angles. */
  public static Rope of(double theta) {
    return new Rope(theta, new Scaling.None());
  }

  /** The kinds that there are; each is a function of the plain frequency of a pair. */
  public sealed interface Scaling {
    /** The angles as they are. */
    record None() implements Scaling {}

    /** All positions are pressed together (Chen et al., "Position Interpolation", 2023). */
    record Linear(double factor) implements Scaling {
      public Linear {
        requireFactor(factor);
      }
    }

    /**
     * Slow pairs are pressed together, fast ones are left, those between are blended (Llama 3.1).
     *
     * @param original positions of the first training
     */
    record Llama3(
      double factor,
      double lowFreqFactor,
      double highFreqFactor,
      int original
    ) implements Scaling {
      public Llama3 {
        requireFactor(factor);
        if (!(lowFreqFactor > 0 && highFreqFactor > lowFreqFactor) || original < 1) {
          throw new IllegalArgumentException(
            "llama3 needs 0 < low_freq_factor < high_freq_factor and 1 original position or more"
          );
        }
      }
    }

    /**
     * The same idea with a ramp over the pairs, and with larger queries and keys (Peng et al.,
     * "YaRN", 2023).
     *
     * @param original positions of the first training
     * @param betaFast pairs that turn more often than this over them are left
     * @param betaSlow pairs that turn less often are pressed together
     * @param amplitude what cosines and sines are multiplied by
     * @param truncate whether the ramp begins and ends at whole pairs
     */
    record Yarn(
      double factor,
      int original,
      double betaFast,
      double betaSlow,
      double amplitude,
      boolean truncate
    ) implements Scaling {
      public Yarn {
        requireFactor(factor);
        if (!(betaSlow > 0 && betaFast >= betaSlow && amplitude > 0) || original < 1) {
          throw new IllegalArgumentException(
            "yarn needs 0 < beta_slow <= beta_fast, a positive attention_factor and 1 original" +
            " position or more"
          );
        }
      }

      /** The amplitude that the paper recommends. */
      public static double recommendedAmplitude(double factor) {
        return 0.1 * Math.log(factor) + 1;
      }
    }

    private static void requireFactor(double factor) {
      if (!(factor >= 1) || Double.isInfinite(factor)) {
        throw new IllegalArgumentException("the factor must be 1 or more, not " + factor);
      }
    }
  }

  /** By how many radians each pair of a head turns from one position to the next. */
  public double[] frequencies(int headDim) {
    double[] frequencies = new double[headDim / 2];
    for (int j = 0; j < frequencies.length; j++) {
      double plain = Math.pow(theta, (-2.0 * j) / headDim);
      frequencies[j] = switch (scaling) {
        case Scaling.None _ -> plain;
        case Scaling.Linear(double factor) -> plain / factor;
        case Scaling.Llama3 llama -> blended(plain, llama);
        case Scaling.Yarn yarn -> {
          double pressed = pressed(j, headDim, yarn);
          yield plain * (1 - pressed) + (plain / yarn.factor()) * pressed;
        }
      };
    }
    return frequencies;
  }

  /** What cosines and sines are multiplied by. */
  public double amplitude() {
    return scaling instanceof Scaling.Yarn yarn ? yarn.amplitude() : 1;
  }

  /** The positions that the scaling makes usable, at least those that the configuration names. */
  int contextLength(int named) {
    return scaling instanceof Scaling.Yarn yarn
      ? (int) Math.max(named, Math.min(Integer.MAX_VALUE, yarn.original() * yarn.factor()))
      : named;
  }

  private static double blended(double plain, Scaling.Llama3 llama) {
    double turns = (llama.original() * plain) / (2 * Math.PI);
    double kept =
      (turns - llama.lowFreqFactor()) / (llama.highFreqFactor() - llama.lowFreqFactor());
    double share = Math.clamp(kept, 0, 1);
    return (1 - share) * (plain / llama.factor()) + share * plain;
  }

  /** From 0, a pair that is left, to 1, one that is pressed together. */
  private double pressed(int j, int headDim, Scaling.Yarn yarn) {
    double low = pairThatTurns(yarn.betaFast(), headDim, yarn.original());
    double high = pairThatTurns(yarn.betaSlow(), headDim, yarn.original());
    if (yarn.truncate()) {
      low = Math.floor(low);
      high = Math.ceil(high);
    }
    low = Math.max(low, 0);
    high = Math.min(high, headDim - 1.0);
    // Where both are the same the ramp is a step.
    return Math.clamp((j - low) / (low == high ? 0.001 : high - low), 0, 1);
  }

  private double pairThatTurns(double times, int headDim, int positions) {
    return ((headDim * Math.log(positions / (times * 2 * Math.PI))) / (2 * Math.log(theta)));
  }
}
