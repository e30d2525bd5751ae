package dev.atrium.engine.kernel;

import jdk.incubator.vector.FloatVector;

/**
 * What is done to one row of numbers at a time, at given addresses. Int8 products take rows whose
 * numbers are -1 to 1; a row's <em>size</em> is what its numbers were divided by.
 */
final class Rows {

  /** What a row is divided by at least. */
  private static final float LEAST_SIZE = 1e-12f;

  /** Numbers among which the largest is looked for a second time. */
  private static final int BLOCK = 1_024;

  private Rows() {}

  /**
   * Root mean square norm (Zhang and Sennrich, 2019) of {@code x} into {@code y}. The weights hold the
   * square root of the width already, {@code least} is that of the width times epsilon.
   */
  static void norm(long x, long weight, int width, float least, long y) {
    multiply(y, width, 1 / length(x, weight, width, least, y));
  }

  /** The same for int8: {@code y} is -1 to 1, and what comes back makes the norm of it. */
  static float sizedNorm(long x, long weight, int width, float least, long y) {
    float length = length(x, weight, width, least, y);
    return fit(y, width) / length;
  }

  /** Multiplies by the weights, and returns what is still to be divided by. */
  private static float length(long x, long weight, int width, float least, long y) {
    FloatVector squares = Lanes.zero();
    int i = 0;
    for (; i <= width - Lanes.N; i += Lanes.N) {
      long at = (long) i * Lanes.BYTES;
      FloatVector v = Lanes.load(x + at);
      squares = v.fma(v, squares);
      Lanes.store(v.mul(Lanes.load(weight + at)), y + at);
    }
    float sum = Lanes.sum(squares);
    for (; i < width; i++) {
      long at = (long) i * Lanes.BYTES;
      float v = Lanes.get(x + at);
      sum = Math.fma(v, v, sum);
      Lanes.set(y + at, v * Lanes.get(weight + at));
    }
    return (float) Math.sqrt(sum + least * least);
  }

  /** Divides a row by its largest number, which comes back. */
  static float fit(long y, int width) {
    float size = Math.max(LEAST_SIZE, largest(y, width));
    multiply(y, width, 1 / size);
    return size;
  }

  /** The largest of the absolute numbers. */
  static float largest(long x, int width) {
    FloatVector most = Lanes.zero();
    int i = 0;
    for (; i <= width - Lanes.N; i += Lanes.N) {
      most = most.max(Lanes.load(x + (long) i * Lanes.BYTES).abs());
    }
    float largest = Lanes.max(most);
    for (; i < width; i++) {
      largest = Math.max(largest, Math.abs(Lanes.get(x + (long) i * Lanes.BYTES)));
    }
    return largest;
  }

  /** Multiplies in place. */
  static void multiply(long y, int width, float factor) {
    int i = 0;
    for (; i <= width - Lanes.N; i += Lanes.N) {
      long at = y + (long) i * Lanes.BYTES;
      Lanes.store(Lanes.load(at).mul(factor), at);
    }
    for (; i < width; i++) {
      long at = y + (long) i * Lanes.BYTES;
      Lanes.set(at, Lanes.get(at) * factor);
    }
  }

  /** Adds a product of this size, and a bias unless its address is 0. */
  static void join(long x, long product, int width, float size, long bias) {
    int i = 0;
    for (; i <= width - Lanes.N; i += Lanes.N) {
      long at = (long) i * Lanes.BYTES;
      FloatVector v = Lanes.load(product + at).fma(Lanes.all(size), Lanes.load(x + at));
      Lanes.store(bias == 0 ? v : v.add(Lanes.load(bias + at)), x + at);
    }
    for (; i < width; i++) {
      long at = (long) i * Lanes.BYTES;
      float v = Math.fma(Lanes.get(product + at), size, Lanes.get(x + at));
      Lanes.set(x + at, bias == 0 ? v : v + Lanes.get(bias + at));
    }
  }

  /** Makes of a product of this size what it is, with a bias unless its address is 0. */
  static void settle(long y, int width, float size, long bias) {
    if (bias == 0) {
      if (size != 1) {
        multiply(y, width, size);
      }
      return;
    }
    int i = 0;
    for (; i <= width - Lanes.N; i += Lanes.N) {
      long at = (long) i * Lanes.BYTES;
      FloatVector v = Lanes.load(y + at).fma(Lanes.all(size), Lanes.load(bias + at));
      Lanes.store(v, y + at);
    }
    for (; i < width; i++) {
      long at = (long) i * Lanes.BYTES;
      Lanes.set(y + at, Math.fma(Lanes.get(y + at), size, Lanes.get(bias + at)));
    }
  }

  /**
   * The gated unit between the two products of the feed-forward part (Shazeer, 2020): SiLU of the gate
   * times up, which lie one after the other, {@code width} each.
   */
  static void gate(long gateUp, int width, long y) {
    long up = gateUp + (long) width * Lanes.BYTES;
    int i = 0;
    for (; i <= width - Lanes.N; i += Lanes.N) {
      long at = (long) i * Lanes.BYTES;
      FloatVector g = Lanes.load(gateUp + at);
      FloatVector silu = g.div(Lanes.exp(g.neg()).add(1));
      Lanes.store(silu.mul(Lanes.load(up + at)), y + at);
    }
    for (; i < width; i++) {
      long at = (long) i * Lanes.BYTES;
      float g = Lanes.get(gateUp + at);
      Lanes.set(y + at, (g / (Lanes.exp(-g) + 1)) * Lanes.get(up + at));
    }
  }

  /**
   * Turns a head to its position (Su et al., 2021), in place: element j turns with element j + D / 2.
   *
   * @param turn cosines of the D / 2 angles, then their sines
   */
  static void turn(long head, int dim, long turn) {
    int half = dim / 2;
    long second = head + (long) half * Lanes.BYTES;
    long sines = turn + (long) half * Lanes.BYTES;
    int i = 0;
    for (; i <= half - Lanes.N; i += Lanes.N) {
      long at = (long) i * Lanes.BYTES;
      FloatVector a = Lanes.load(head + at);
      FloatVector b = Lanes.load(second + at);
      FloatVector cos = Lanes.load(turn + at);
      FloatVector sin = Lanes.load(sines + at);
      Lanes.store(a.mul(cos).sub(b.mul(sin)), head + at);
      Lanes.store(b.mul(cos).add(a.mul(sin)), second + at);
    }
    for (; i < half; i++) {
      long at = (long) i * Lanes.BYTES;
      float a = Lanes.get(head + at);
      float b = Lanes.get(second + at);
      float cos = Lanes.get(turn + at);
      float sin = Lanes.get(sines + at);
      Lanes.set(head + at, a * cos - b * sin);
      Lanes.set(second + at, b * cos + a * sin);
    }
  }

  /**
   * Makes logits of a product of this size.
   *
   * @return where the first of the largest is; 0 if they are no numbers
   */
  static int likeliest(long logits, int width, float size) {
    float most = Float.NEGATIVE_INFINITY;
    int from = 0;
    for (int i = 0; i < width; i += BLOCK) {
      float largest = settleLargest(
        logits + (long) i * Lanes.BYTES,
        Math.min(BLOCK, width - i),
        size
      );
      if (largest > most) {
        most = largest;
        from = i;
      }
    }
    for (int i = from; i < Math.min(from + BLOCK, width); i++) {
      if (Lanes.get(logits + (long) i * Lanes.BYTES) == most) {
        return i;
      }
    }
    return 0;
  }

  /** Multiplies in place, and returns the largest. */
  private static float settleLargest(long x, int width, float size) {
    float largest = Float.NEGATIVE_INFINITY;
    int i = 0;
    if (width >= Lanes.N) {
      FloatVector most = Lanes.load(x).mul(size);
      for (; i <= width - Lanes.N; i += Lanes.N) {
        long at = x + (long) i * Lanes.BYTES;
        FloatVector v = Lanes.load(at).mul(size);
        Lanes.store(v, at);
        most = most.max(v);
      }
      largest = Lanes.max(most);
    }
    for (; i < width; i++) {
      long at = x + (long) i * Lanes.BYTES;
      float v = Lanes.get(at) * size;
      Lanes.set(at, v);
      largest = Math.max(largest, v);
    }
    return largest;
  }
}
