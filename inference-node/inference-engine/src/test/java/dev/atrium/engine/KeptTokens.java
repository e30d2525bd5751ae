package dev.atrium.engine;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * What may be drawn, in the order in which it is drawn, and where each begins: from the sorted vocabulary,
 * in double.
 *
 * @param from cumulated shares, one more than ids
 * @param near so near to a boundary, as a share of what is kept, either side is right
 * @param least that the last must have to be drawn for certain by the last number: where all is drawn
 *     from by id, sums are rounded
 */
record KeptTokens(int[] ids, double[] from, double near, double least) {
  static final double BELOW_ONE = 1 - 0x1p-53;

  /** Of logits, for {@link #logits}. */
  static final List<String> SHAPES = List.of(
    "peaked",
    "wide",
    "flat",
    "tied",
    "equal",
    "masked",
    "zeros of both signs"
  );

  /** Empty if another token lies too near to a boundary of top-p or min-p. */
  static Optional<KeptTokens> of(float[] logits, SamplingParams params, double near) {
    int[] order = order(logits);
    double[] weights = new double[logits.length];
    for (int id = 0; id < logits.length; id++) {
      weights[id] = Math.exp(((double) logits[id] - logits[order[0]]) / params.temperature());
    }
    int k = params.topK() == 0 ? logits.length : Math.min(params.topK(), logits.length);
    double total = Arrays.stream(order, 0, k)
      .mapToDouble(id -> weights[id])
      .sum();
    int n = 0;
    for (double sum = 0; n < k; n++) {
      double weight = weights[order[n]];
      double left = params.topP() * total - sum;
      boolean unclear = params.topP() < 1 && Math.abs(left) < near * total;
      if (unclear || (Math.abs(weight - params.minP()) < near * weight && weight < 1)) {
        return Optional.empty();
      }
      if (n > 0 && ((left <= 0 && params.topP() < 1) || weight < params.minP() || weight < 1e-30)) {
        break;
      }
      sum += weight;
    }
    int[] ids = Arrays.copyOf(order, n);
    boolean byId = params.topP() == 1 && k == logits.length;
    if (byId) {
      Arrays.sort(ids);
    }
    double[] from = new double[n + 1];
    for (int i = 0; i < n; i++) {
      from[i + 1] = from[i] + weights[ids[i]];
    }
    double all = from[n];
    double[] shares = Arrays.stream(from)
      .map(f -> f / all)
      .toArray();
    return Optional.of(new KeptTokens(ids, shares, near, byId ? near : 1e-12));
  }

  /** A number that draws this token, by its place among those kept. */
  double middle(int place) {
    return Math.min((from[place] + from[place + 1]) / 2, BELOW_ONE);
  }

  double share(int place) {
    return from[place + 1] - from[place];
  }

  boolean allows(double u, int token) {
    if (u == BELOW_ONE && from[ids.length - 1] < 1 - least) {
      return token == ids[ids.length - 1];
    }
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] == token) {
        return from[i] <= u + near && u - near < from[i + 1];
      }
    }
    return false;
  }

  @Override
  public String toString() {
    return ids.length + " kept, the last " + ids[ids.length - 1];
  }

  static float[] logits(Random random, String shape, int vocab) {
    float[] logits = new float[vocab];
    double center = 20 * random.nextGaussian();
    for (int id = 0; id < vocab; id++) {
      double normal = random.nextGaussian();
      logits[id] = (float) switch (shape) {
        case "peaked" -> center + 2 * normal + (random.nextInt(vocab) < 9 ? 15 : 0);
        case "wide" -> center + 4 * normal;
        case "flat" -> center + 0.2 * normal;
        // As from a network in bf16.
        case "tied" -> Math.rint(normal * 8) / 8;
        case "equal" -> center;
        case "masked" -> random.nextInt(10) < 7 && id != vocab / 2
          ? Float.NEGATIVE_INFINITY
          : center + 3 * normal;
        default -> random.nextBoolean() ? 0.0 : -0.0;
      };
    }
    return logits;
  }

  /** Best first, lower ids before equal logits. */
  static int[] order(float[] logits) {
    return IntStream.range(0, logits.length)
      .boxed()
      .sorted(
        Comparator.<Integer>comparingDouble(id -> -(logits[id] + 0.0)).thenComparing(id -> id)
      )
      .mapToInt(id -> id)
      .toArray();
  }
}
