package dev.atrium.engine;

import dev.atrium.engine.kernel.Weights;
import java.util.Arrays;

/**
 * The order of the tokens: best first, lower ids before equal ones. A few of the best are taken by a
 * heap. For more of them nothing is sorted but the part in which a boundary lies: tokens are thrown into
 * buckets by their logits first, of which it is known how many tokens they hold and what these weigh.
 *
 * <p>Not thread-safe.
 */
final class Ranking {

  private static final int BUCKETS = 4096;

  private final float[] logits;
  private final Weights weights;

  /** The best, or the tokens of one bucket, worst first: the logit's order above, the id's below. */
  private long[] keys = new long[Weights.BLOCK];

  private int found;
  private final int[] counts = new int[BUCKETS];
  private final double[] masses = new double[BUCKETS];
  private float largest;
  private float floor;
  private float perBucket;
  private int taken;
  private double mass;

  /**
   * @param logits whole blocks of them
   * @param weights what they weigh, for {@link #spread} and what comes after it
   */
  Ranking(float[] logits, Weights weights) {
    this.logits = logits;
    this.weights = weights;
  }

  /** Finds the {@code n} best of at least as many, for {@link #best}. */
  void findBest(int n) {
    found = 0;
    for (int id = 0; id < n; id++) {
      add(id);
    }
    for (int i = n / 2 - 1; i >= 0; i--) {
      siftDown(i);
    }
    for (int block = n / Weights.BLOCK; block < blocks(); block++) {
      long better = Weights.above(logits, block, logits[id(keys[0])]);
      for (; better != 0; better &= better - 1) {
        int id = first(block, better);
        // The first n are there already, and the least may have changed since.
        if (id >= n && key(id) > keys[0]) {
          keys[0] = key(id);
          siftDown(0);
        }
      }
    }
    Arrays.sort(keys, 0, found);
  }

  /** The token at this place of those found, from 0 for the best. */
  int best(int place) {
    return id(keys[found - 1 - place]);
  }

  /** How many tokens weigh so much at least. */
  int count(double least) {
    int count = 0;
    for (int block = 0; block < blocks(); block++) {
      count += Long.bitCount(weights.above(block, Math.nextDown((float) least)));
    }
    return count;
  }

  /**
   * Spreads out the tokens that weigh more than {@code least}, for {@link #take}.
   *
   * @param largest of the logits
   */
  void spread(float largest, double temperature, double least) {
    this.largest = largest;
    floor = (float) least;
    // What weighs anything lies less than 88 temperatures below the largest.
    double range = Math.min(88, -Math.log(least)) * temperature;
    perBucket = (float) Math.min(BUCKETS / range, Float.MAX_VALUE);
    Arrays.fill(counts, 0);
    Arrays.fill(masses, 0);
    for (int block = 0; block < blocks(); block++) {
      for (long bits = weights.above(block, floor); bits != 0; bits &= bits - 1) {
        int id = first(block, bits);
        int bucket = bucket(id);
        counts[bucket]++;
        masses[bucket] += weights.of(id);
      }
    }
  }

  /**
   * Takes the best of those spread out until they are {@code most} or weigh {@code enough}: one at
   * least, all if they are fewer.
   *
   * @return the last of them
   */
  int take(int most, double enough) {
    taken = 0;
    mass = 0;
    int last = 0;
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
      int count = counts[bucket];
      if (count == 0) {
        continue;
      }
      last = bucket;
      if (taken + count < most && mass + masses[bucket] < enough) {
        taken += count;
        mass += masses[bucket];
        continue;
      }
      sort(bucket);
      for (int place = 0; place < count; place++) {
        taken++;
        mass += weights.of(best(place));
        if (taken == most || mass >= enough) {
          return best(place);
        }
      }
    }
    sort(last);
    return best(found - 1);
  }

  /** How many the last {@link #take} took. */
  int taken() {
    return taken;
  }

  /** What they weigh. */
  double mass() {
    return mass;
  }

  private void sort(int bucket) {
    // Wider by a bucket than it is: what a logit's bucket is was rounded.
    float above = Math.nextUp(bound(bucket - 1));
    float below = bucket == BUCKETS - 1
      ? Float.NEGATIVE_INFINITY
      : Math.nextDown(bound(bucket + 2));
    found = 0;
    for (int block = 0; block < blocks(); block++) {
      long bits = Weights.above(logits, block, below);
      if (bits != 0) {
        bits &= ~Weights.above(logits, block, above);
      }
      for (; bits != 0; bits &= bits - 1) {
        int id = first(block, bits);
        if (weights.of(id) > floor && bucket(id) == bucket) {
          add(id);
        }
      }
    }
    Arrays.sort(keys, 0, found);
  }

  private float bound(int bucket) {
    return (float) (largest - (double) bucket / perBucket);
  }

  private int bucket(int id) {
    return (int) Math.min(BUCKETS - 1, (largest - logits[id]) * perBucket);
  }

  private int blocks() {
    return logits.length / Weights.BLOCK;
  }

  private static int first(int block, long bits) {
    return block * Weights.BLOCK + Long.numberOfTrailingZeros(bits);
  }

  private void add(int id) {
    if (found == keys.length) {
      keys = Arrays.copyOf(keys, 2 * found);
    }
    keys[found++] = key(id);
  }

  private void siftDown(int from) {
    int i = from;
    long key = keys[i];
    while (2 * i + 1 < found) {
      int child = 2 * i + 1;
      if (child + 1 < found && keys[child + 1] < keys[child]) {
        child++;
      }
      if (keys[child] >= key) {
        break;
      }
      keys[i] = keys[child];
      i = child;
    }
    keys[i] = key;
  }

  /** Orders by logit, then by descending id, as one signed number. */
  private long key(int id) {
    // Adding makes one of the two zeros.
    int bits = Float.floatToIntBits(logits[id] + 0f);
    int ordered = bits >= 0 ? bits : bits ^ 0x7fffffff;
    return ((long) ordered << 32) | (0xffffffffL & ~id);
  }

  private static int id(long key) {
    return ~(int) key;
  }
}
