package dev.atrium.engine;

import dev.atrium.engine.grammar.TokenMask;
import dev.atrium.engine.model.StepOutput;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Draws tokens. The random number of a draw is a function of the seed and the token's index alone
 * (SplitMix64's finaliser over a counter: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number
 * Generators", 2014), so that an answer can be continued elsewhere, and neighbours in the batch have
 * no part in it.
 *
 * <p>Not thread-safe.
 */
final class Sampler {

  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

  /** How many of the most likely tokens top-p looks at first; nearly always enough. */
  private static final int FIRST_LOOK = 64;

  private final float[] logits;
  private final long[] heap;
  private double[] weights = new double[FIRST_LOOK];

  Sampler(int vocabSize) {
    logits = new float[vocabSize];
    heap = new long[vocabSize];
  }

  /**
   * The token of this row.
   *
   * @param index of the token in its answer, from 0
   * @param counts the tokens before it
   * @param allowed those that may be drawn, at least one; all if there is none
   * @throws ArithmeticException if the logits are not numbers
   */
  int sample(
    StepOutput output,
    int row,
    SamplingParams params,
    int index,
    TokenCounts counts,
    Optional<TokenMask> allowed
  ) {
    boolean adjusts = params.penalizes() || !params.logitBias().isEmpty();
    if (params.greedy() && !adjusts) {
      int best = output.argmax(row);
      if (allowed.isEmpty() || allowed.get().allows(best)) {
        return best;
      }
    }
    output.logits(row, logits);
    params.logitBias().forEach((id, bias) -> logits[id] += bias.floatValue());
    counts.penalize(logits);
    allowed.ifPresent(mask -> mask.apply(logits));
    // A greedy draw is the best token alone, whatever the temperature.
    return params.greedy() ? best() : draw(params, uniform(params.seed(), index));
  }

  /** How likely the model found a token of this row, with the likeliest others. */
  TokenLogprob logprob(StepOutput output, int row, int token, int alternatives) {
    output.logits(row, logits);
    float max = max();
    double all = Math.log(total(max, 1, 0));
    int n = Math.min(alternatives, logits.length);
    if (n > 0) {
      takeBest(n);
    }
    List<TokenLogprob.Alternative> others = new ArrayList<>(n);
    for (int i = 0; i < n; i++) {
      int id = id(heap[i]);
      others.add(new TokenLogprob.Alternative(id, (double) logits[id] - max - all));
    }
    return new TokenLogprob(token, (double) logits[token] - max - all, others);
  }

  private int best() {
    max();
    takeBest(1);
    return id(heap[0]);
  }

  private float max() {
    float max = Float.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    if (Float.isNaN(max) || Float.isInfinite(max)) {
      throw new ArithmeticException("the logits are not numbers");
    }
    return max;
  }

  /** The seed of one of several streams that begin with one seed; the first is the seed itself. */
  static long stream(long seed, int choice) {
    return choice == 0 ? seed : mix(mix(seed) ^ (choice * GOLDEN_GAMMA));
  }

  /** In [0, 1), with 53 bits. */
  static double uniform(long seed, long index) {
    return (mix(mix(seed) + (index + 1) * GOLDEN_GAMMA) >>> 11) * 0x1p-53;
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  private int draw(SamplingParams params, double u) {
    float max = max();
    double temperature = params.temperature();
    int k = params.topK() == 0 ? logits.length : Math.min(params.topK(), logits.length);
    if (k == logits.length && params.topP() >= 1) {
      return drawFromAll(max, temperature, params.minP(), u);
    }
    double total = k == logits.length ? total(max, temperature, 0) : -1;
    for (int n = Math.min(FIRST_LOOK, k); ; n = Math.min(16 * n, k)) {
      // The first n of the order are the same however many are taken: a longer look changes nothing.
      takeBest(n);
      double sum = weigh(n, max, temperature);
      if (n == k && total < 0) {
        total = sum;
      }
      if (total >= 0 && (sum >= params.topP() * total || n == k)) {
        return drawFromBest(n, params.topP() * total, params.minP(), u);
      }
    }
  }

  private int drawFromAll(float max, double temperature, double minP, double u) {
    double rest = u * total(max, temperature, minP);
    int last = 0;
    for (int id = 0; id < logits.length; id++) {
      double weight = Math.exp((logits[id] - max) / temperature);
      if (weight > 0 && weight >= minP) {
        last = id;
        rest -= weight;
        if (rest < 0) {
          return id;
        }
      }
    }
    return last;
  }

  /** What the tokens weigh that are at least {@code minP} times as likely as the likeliest. */
  private double total(float max, double temperature, double minP) {
    double sum = 0;
    for (float logit : logits) {
      double weight = Math.exp((logit - max) / temperature);
      sum += weight >= minP ? weight : 0;
    }
    return sum;
  }

  private double weigh(int n, float max, double temperature) {
    if (weights.length < n) {
      weights = new double[n];
    }
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += weights[i] = Math.exp((logits[id(heap[i])] - max) / temperature);
    }
    return sum;
  }

  /** Draws among the fewest best tokens that reach {@code mass} together, if they reach min-p. */
  private int drawFromBest(int n, double mass, double minP, double u) {
    double sum = 0;
    int kept = 0;
    while (kept < n && (kept == 0 || (sum < mass && weights[kept] > 0 && weights[kept] >= minP))) {
      sum += weights[kept++];
    }
    double rest = u * sum;
    for (int i = 0; i < kept - 1; i++) {
      rest -= weights[i];
      if (rest < 0) {
        return id(heap[i]);
      }
    }
    return id(heap[kept - 1]);
  }

  /** Puts the n best tokens into the heap's first places, best first, lower ids before equal ones. */
  private void takeBest(int n) {
    int size = 0;
    for (int id = 0; id < logits.length; id++) {
      long key = key(logits[id], id);
      if (size < n) {
        heap[size++] = key;
        if (size == n) {
          for (int i = n / 2 - 1; i >= 0; i--) {
            siftDown(i, n);
          }
        }
      } else if (key > heap[0]) {
        heap[0] = key;
        siftDown(0, n);
      }
    }
    for (int end = n - 1; end > 0; end--) {
      long least = heap[0];
      heap[0] = heap[end];
      heap[end] = least;
      siftDown(0, end);
    }
  }

  private void siftDown(int i, int n) {
    long key = heap[i];
    while (2 * i + 1 < n) {
      int child = 2 * i + 1;
      if (child + 1 < n && heap[child + 1] < heap[child]) {
        child++;
      }
      if (heap[child] >= key) {
        break;
      }
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = key;
  }

  /** Orders by logit, then by descending id, as one signed number. */
  private static long key(float logit, int id) {
    int bits = Float.floatToIntBits(logit);
    int ordered = bits >= 0 ? bits : bits ^ 0x7fffffff;
    return ((long) ordered << 32) | (0xffffffffL & ~id);
  }

  private static int id(long key) {
    return ~(int) key;
  }
}
