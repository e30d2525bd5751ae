package dev.atrium.engine;

import dev.atrium.engine.grammar.TokenMask;
import dev.atrium.engine.kernel.Weights;
import dev.atrium.engine.model.Draw;
import dev.atrium.engine.model.StepOutput;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

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

  /** So many are looked at one by one. */
  private static final int FEW = 256;

  private final int vocabSize;
  private final float[] logits;
  private final Weights weights;
  private final Ranking ranking;
  private final double[] few = new double[FEW];

  Sampler(int vocabSize) {
    this.vocabSize = vocabSize;
    logits = Weights.room(vocabSize);
    weights = new Weights(vocabSize);
    ranking = new Ranking(logits, weights);
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
    OptionalInt likeliest = likeliest(output, row, params, allowed);
    if (likeliest.isPresent()) {
      return likeliest.getAsInt();
    }
    output.logits(row, logits);
    params.logitBias().forEach((id, bias) -> logits[id] += bias.floatValue());
    counts.penalize(logits);
    allowed.ifPresent(mask -> mask.apply(logits));
    // A greedy draw is the best token alone, whatever the temperature.
    return params.greedy() ? best() : draw(params, uniform(params.seed(), index));
  }

  /** The token of this row, if it is known without a look at logits. */
  static OptionalInt likeliest(
    StepOutput output,
    int row,
    SamplingParams params,
    Optional<TokenMask> allowed
  ) {
    boolean adjusts = params.penalizes() || !params.logitBias().isEmpty();
    if (params.greedy() && !adjusts) {
      int best = output.argmax(row);
      if (allowed.isEmpty() || allowed.get().allows(best)) {
        return OptionalInt.of(best);
      }
    }
    return OptionalInt.empty();
  }

  /** What a device is told to draw the token that {@link #sample} draws. */
  static Draw told(
    int row,
    SamplingParams params,
    int index,
    TokenCounts counts,
    Optional<TokenMask> allowed
  ) {
    boolean greedy = params.greedy();
    int[] biased = new int[params.logitBias().size()];
    float[] biases = new float[biased.length];
    int n = 0;
    for (Map.Entry<Integer, Double> bias : params.logitBias().entrySet()) {
      biased[n] = bias.getKey();
      biases[n++] = bias.getValue().floatValue();
    }
    return new Draw(
      row,
      greedy ? 1 : params.temperature(),
      greedy ? 1 : params.topK(),
      params.topP(),
      params.minP(),
      uniform(params.seed(), index),
      new Draw.Shift(biased, biases),
      counts.seen(),
      (float) params.repetitionPenalty(),
      counts.losses(),
      allowed.map(TokenMask::words).orElse(new long[0])
    );
  }

  /** How likely the model found a token of this row, with the likeliest others. */
  TokenLogprob logprob(StepOutput output, int row, int token, int alternatives) {
    output.logits(row, logits);
    float largest = largest();
    double all = Math.log(weights.weigh(logits, largest, 1, 0));
    int n = Math.min(alternatives, vocabSize);
    if (n > 0) {
      ranking.findBest(n);
    }
    List<TokenLogprob.Alternative> others = new ArrayList<>(n);
    for (int i = 0; i < n; i++) {
      int id = ranking.best(i);
      others.add(new TokenLogprob.Alternative(id, (double) logits[id] - largest - all));
    }
    return new TokenLogprob(token, (double) logits[token] - largest - all, others);
  }

  private int best() {
    largest();
    ranking.findBest(1);
    return ranking.best(0);
  }

  private float largest() {
    float largest = Weights.largest(logits);
    if (Float.isNaN(largest) || Float.isInfinite(largest)) {
      throw new ArithmeticException("the logits are not numbers");
    }
    return largest;
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
    float largest = largest();
    int k = params.topK() == 0 ? vocabSize : Math.min(params.topK(), vocabSize);
    if (k == vocabSize && params.topP() >= 1) {
      double total = weights.weigh(logits, largest, params.temperature(), params.minP());
      return weights.reaching(u * total);
    }
    if (k <= FEW) {
      double total = weighBest(k, largest, params.temperature());
      return drawFromBest(k, params.topP() * total, params.minP(), u);
    }
    double total = weights.weigh(logits, largest, params.temperature(), 0);
    if (k < vocabSize) {
      ranking.spread(largest, params.temperature(), 0);
      ranking.take(k, Double.POSITIVE_INFINITY);
      return drawFromMany(k, params.topP() * ranking.mass(), params.minP(), u);
    }
    double mass = params.topP() * total;
    if (weighBest(FIRST_LOOK, largest, params.temperature()) >= mass) {
      return drawFromBest(FIRST_LOOK, mass, params.minP(), u);
    }
    // All that weigh less than this do not weigh together what top-p leaves out.
    ranking.spread(largest, params.temperature(), (total - mass) / (2.0 * vocabSize));
    return drawFromMany(k, mass, params.minP(), u);
  }

  private double weighBest(int n, float largest, double temperature) {
    ranking.findBest(n);
    double sum = 0;
    for (int i = 0; i < n; i++) {
      // Not that of Math, which may be another after compilation.
      few[i] = StrictMath.exp((logits[ranking.best(i)] - largest) / temperature);
      sum += few[i];
    }
    return sum;
  }

  /** Draws among the fewest best tokens that reach {@code mass} together, if they reach min-p. */
  private int drawFromBest(int n, double mass, double minP, double u) {
    double sum = 0;
    int kept = 0;
    while (kept < n && (kept == 0 || (sum < mass && few[kept] > 0 && few[kept] >= minP))) {
      sum += few[kept++];
    }
    double rest = u * sum;
    for (int i = 0; i < kept - 1; i++) {
      rest -= few[i];
      if (rest < 0) {
        return ranking.best(i);
      }
    }
    return ranking.best(kept - 1);
  }

  /** The same among those that are spread out, {@code k} at most. */
  private int drawFromMany(int k, double mass, double minP, double u) {
    ranking.take(minP > 0 ? Math.min(k, ranking.count(minP)) : k, mass);
    // The first that reaches what is just above: the first that exceeds it.
    return ranking.take(ranking.taken(), Math.nextUp(u * ranking.mass()));
  }
}
