package dev.atrium.engine.kernel;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * What the tokens of a vocabulary weigh: e to the power of (logit - largest) / temperature, so that the
 * likeliest weighs 1. A weight is within a millionth of that, and below 2e-38 it is 0, as it is for a
 * logit of minus infinity.
 *
 * <p>Numbers lie in blocks of {@link #BLOCK}, the last of which is filled up ({@link #room}). A block is
 * added up in f32 as one tree, whatever the width of vectors, and blocks in double, from the first to
 * the last: a sum depends on the numbers alone and is within a millionth too.
 *
 * <p>Not thread-safe.
 */
public final class Weights {

  /** Numbers of a block: one bit each of a {@code long}. */
  public static final int BLOCK = 64;

  /** Above what {@link Lanes#exp} gives for its least exponent and everything below. */
  private static final float LEAST = 2e-38f;

  private final float[] weights;
  private final float[] sums;

  public Weights(int vocabSize) {
    weights = room(vocabSize);
    sums = new float[weights.length / BLOCK];
  }

  /** Whole blocks for so many logits; what is filled up is minus infinity, and has to stay so. */
  public static float[] room(int vocabSize) {
    float[] logits = new float[((vocabSize + BLOCK - 1) / BLOCK) * BLOCK];
    Arrays.fill(logits, Float.NEGATIVE_INFINITY);
    return logits;
  }

  /** The largest number of whole blocks; NaN if one of them is. */
  public static float largest(float[] numbers) {
    FloatVector a = Lanes.of(numbers, 0);
    FloatVector b = Lanes.of(numbers, BLOCK / 2);
    for (int at = 0; at < numbers.length; at += BLOCK) {
      for (int i = at; i < at + BLOCK / 2; i += Lanes.N) {
        a = a.max(Lanes.of(numbers, i));
        b = b.max(Lanes.of(numbers, i + BLOCK / 2));
      }
    }
    return Lanes.max(a.max(b));
  }

  /** Which numbers of a block are more than {@code least}: the lowest bit is the first of them. */
  public static long above(float[] numbers, int block, float least) {
    long bits = 0;
    for (int i = 0; i < BLOCK; i += Lanes.N) {
      FloatVector v = Lanes.of(numbers, block * BLOCK + i);
      bits |= v.compare(VectorOperators.GT, least).toLong() << i;
    }
    return bits;
  }

  /**
   * Weighs whole blocks of logits, and returns what they weigh together.
   *
   * @param temperature above 0
   * @param least what weighs less weighs nothing; 0 is off
   */
  public double weigh(float[] logits, float largest, double temperature, double least) {
    // However low the temperature, the likeliest's 0 has to stay one.
    float scale = (float) Math.min(1 / temperature, Float.MAX_VALUE);
    float floor = Math.max(LEAST, (float) least);
    double total = 0;
    for (int at = 0; at < weights.length; at += BLOCK) {
      for (int i = at; i < at + BLOCK; i += Lanes.N) {
        FloatVector w = Lanes.exp(Lanes.of(logits, i).sub(largest).mul(scale));
        VectorMask<Float> nothing = w.compare(VectorOperators.LT, floor);
        w.blend(0, nothing).intoArray(weights, i);
      }
      float sum = sum(at);
      sums[at / BLOCK] = sum;
      total += sum;
    }
    return total;
  }

  /** What a token weighs. */
  public float of(int id) {
    return weights[id];
  }

  /** Which tokens of a block weigh more than {@code least}, as {@link #above(float[], int, float)}. */
  public long above(int block, float least) {
    return above(weights, block, least);
  }

  /**
   * The first token that weighs more than {@code mass} together with those before it, whose weight is
   * not 0; the last that has one if none does.
   */
  public int reaching(double mass) {
    double rest = mass;
    int block = 0;
    for (int i = 0; i < sums.length && rest >= 0; i++) {
      if (sums[i] > 0) {
        block = i;
        rest -= sums[i];
      }
    }
    // Its sum was rounded: within it, counting begins again.
    rest += sums[block];
    int last = block * BLOCK;
    for (int id = last; id < (block + 1) * BLOCK && rest >= 0; id++) {
      if (weights[id] > 0) {
        last = id;
        rest -= weights[id];
      }
    }
    return last;
  }

  /** Of one block: what is half a block apart is added first, then a quarter, and so on to neighbours. */
  private float sum(int at) {
    FloatVector sum = switch (Lanes.N) {
      case 16 -> by16(at);
      case 8 -> by8(at);
      default -> by8(at).add(by8(at + 4));
    };
    return Lanes.sum(sum);
  }

  private FloatVector by8(int at) {
    return by16(at).add(by16(at + 8));
  }

  private FloatVector by16(int at) {
    return by32(at).add(by32(at + 16));
  }

  private FloatVector by32(int at) {
    return Lanes.of(weights, at).add(Lanes.of(weights, at + 32));
  }
}
