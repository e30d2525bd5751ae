package dev.atrium.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.atrium.engine.model.StepOutput;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplerTest {

  private static final int DRAWS = 40_000;
  private static final TokenCounts NOTHING = new TokenCounts(SamplingParams.GREEDY);

  @Test
  void drawsEachTokenAsOftenAsItsProbabilitySays() {
    int[] counts = counts(SamplingParams.of(1, 0, 1, 1), logs(0.5, 0.3, 0.2));
    assertThat(counts[0] / (double) DRAWS).isBetween(0.48, 0.52);
    assertThat(counts[1] / (double) DRAWS).isBetween(0.28, 0.32);
  }

  @Test
  void lowTemperatureSharpens() {
    // Squared and normed: 0.25, 0.09 and 0.04 of 0.38.
    int[] counts = counts(SamplingParams.of(0.5, 0, 1, 1), logs(0.5, 0.3, 0.2));
    assertThat(counts[0] / (double) DRAWS).isBetween(0.64, 0.68);
  }

  @Test
  void topKKeepsTheBestAndTheLowerIdAmongEquals() {
    int[] counts = counts(SamplingParams.of(1, 2, 1, 1), logs(0.2, 0.4, 0.2, 0.2));
    assertThat(counts[2] + counts[3]).isZero();
    assertThat(counts[0] / (double) DRAWS).isBetween(0.31, 0.36);
  }

  @Test
  void topPKeepsTheFewestThatReachIt() {
    int[] counts = counts(SamplingParams.of(1, 0, 0.75, 1), logs(0.2, 0.5, 0.3));
    assertThat(counts[0]).isZero();
    assertThat(counts[2]).isPositive();
    assertThat(counts(SamplingParams.of(1, 0, 0.45, 1), logs(0.2, 0.5, 0.3))[1]).isEqualTo(DRAWS);
  }

  @Test
  void topPOverAFlatVocabularyLooksAsFarAsItMust() {
    float[] flat = new float[500];
    int[] counts = counts(SamplingParams.of(1, 0, 0.5, 3), flat);
    int drawn = (int) IntStream.of(counts)
      .filter(c -> c > 0)
      .count();
    assertThat(drawn).isBetween(245, 250);
    assertThat(
      IntStream.range(250, 500)
        .map(i -> counts[i])
        .sum()
    ).isZero();
  }

  @Test
  void filtersThatKeepEverythingChangeNothing() {
    float[] logits = new float[1000];
    Random random = new Random(1);
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) random.nextGaussian() * 4;
    }
    int[] all = counts(SamplingParams.of(1, 1000, 1, 5), logits);
    int best = IntStream.range(0, 1000)
      .reduce((a, b) -> logits[b] > logits[a] ? b : a)
      .orElseThrow();
    assertThat(IntStream.range(0, 1000).reduce((a, b) -> all[b] > all[a] ? b : a)).hasValue(best);
  }

  @Test
  void theDrawDependsOnSeedAndIndexOnly() {
    assertThat(Sampler.uniform(1, 5)).isEqualTo(Sampler.uniform(1, 5));
    assertThat(Sampler.uniform(1, 5)).isNotEqualTo(Sampler.uniform(2, 5));
    assertThat(Sampler.uniform(1, 5)).isNotEqualTo(Sampler.uniform(1, 6));
    double mean = IntStream.range(0, 10_000)
      .mapToDouble(i -> Sampler.uniform(9, i))
      .average()
      .orElse(0);
    assertThat(mean).isBetween(0.49, 0.51);
  }

  @Test
  void minPKeepsThoseNearTheLikeliest() {
    float[] logits = logs(0.5, 0.26, 0.14, 0.1);
    int[] counts = counts(SamplingParams.of(1, 0, 1, 1).withMinP(0.25), logits);
    assertThat(counts[3]).isZero();
    assertThat(counts[2] / (double) DRAWS).isBetween(0.14, 0.17);
    // With the others it leaves what all of them leave, in whatever order they look.
    counts = counts(SamplingParams.of(1, 3, 0.99, 1).withMinP(0.4), logits);
    assertThat(counts[2] + counts[3]).isZero();
    assertThat(counts[1] / (double) DRAWS).isBetween(0.32, 0.36);
    // It looks at what the temperature left: squared, 0.26 is no longer 0.4 of 0.5.
    counts = counts(SamplingParams.of(0.5, 0, 1, 1).withMinP(0.4), logits);
    assertThat(counts[0]).isEqualTo(DRAWS);
  }

  @Test
  void penaltiesMoveLogitsAsTheirDefinitionsSay() {
    SamplingParams params = SamplingParams.of(0, 0, 1, 0).withPenalties(2, 0.5, 0.25);
    TokenCounts seen = new TokenCounts(params);
    seen.prompt(0, 1);
    seen.answer(2);
    seen.answer(3);
    seen.answer(3);
    float[] logits = { 4, -4, 4, -4, 4 };
    seen.penalize(logits);
    // Divided or multiplied: tokens of both. Then, for the answer's, 0.5 once and 0.25 each time.
    assertThat(logits).containsExactly(2, -8, 1.25f, -9, 4);
  }

  @Test
  void aGreedyDrawHeedsPenaltiesAndBiases() {
    float[] logits = { 1, 3, 2 };
    SamplingParams penalized = SamplingParams.GREEDY.withPenalties(2, 0, 0);
    TokenCounts seen = new TokenCounts(penalized);
    seen.answer(1);
    assertThat(counts(penalized, logits, seen)[2]).isEqualTo(DRAWS);
    SamplingParams biased = SamplingParams.GREEDY.withLogitBias(Map.of(0, 5.0));
    assertThat(counts(biased, logits)[0]).isEqualTo(DRAWS);
    assertThat(counts(biased.withLogitBias(Map.of(1, -100.0)), logits)[2]).isEqualTo(DRAWS);
  }

  @Test
  void aBiasMovesOddsByItsExponential() {
    SamplingParams params = SamplingParams.of(1, 0, 1, 1).withLogitBias(Map.of(2, Math.log(3)));
    // 0.5, 0.3 and three times 0.2.
    assertThat(counts(params, logs(0.5, 0.3, 0.2))[2] / (double) DRAWS).isBetween(0.41, 0.445);
  }

  @Test
  void logProbabilitiesAreTheModelsOwn() {
    Sampler sampler = new Sampler(4);
    TokenLogprob told = sampler.logprob(row(logs(0.2, 0.4, 0.1, 0.3)), 0, 2, 2);
    assertThat(told.id()).isEqualTo(2);
    assertThat(Math.exp(told.logprob())).isCloseTo(0.1, within(1e-6));
    assertThat(told.alternatives()).extracting(TokenLogprob.Alternative::id).containsExactly(1, 3);
    assertThat(Math.exp(told.alternatives().get(1).logprob())).isCloseTo(0.3, within(1e-6));
    assertThat(sampler.logprob(row(logs(0.5, 0.2, 0.2, 0.1)), 0, 0, 0).alternatives()).isEmpty();
  }

  @Test
  void refusesWhatCanNotBeMeant() {
    SamplingParams good = SamplingParams.of(1, 0, 1, 1);
    assertThatThrownBy(() -> good.withMinP(1.5)).hasMessageContaining("minP must be 0 to 1");
    assertThatThrownBy(() -> good.withMinP(Double.NaN)).hasMessageContaining("minP");
    assertThatThrownBy(() -> good.withPenalties(0, 0, 0)).hasMessageContaining("repetition");
    assertThatThrownBy(() -> good.withPenalties(1, 101, 0)).hasMessageContaining("presence");
    assertThatThrownBy(() -> good.withPenalties(1, 0, -101)).hasMessageContaining("frequency");
    assertThatThrownBy(() -> good.withLogitBias(Map.of(7, 200.0))).hasMessageContaining("of 7");
    assertThatThrownBy(() -> good.withLogprobs(21)).hasMessageContaining("logprobs");
  }

  @Test
  void greedyTakesTheBestWithoutALook() {
    Sampler sampler = new Sampler(3);
    StepOutput row = row(logs(0.2, 0.5, 0.3));
    assertThat(
      sampler.sample(row, 0, SamplingParams.GREEDY, 0, NOTHING, Optional.empty())
    ).isEqualTo(1);
  }

  @Test
  void refusesLogitsThatAreNotNumbers() {
    Sampler sampler = new Sampler(3);
    float[] bad = { 0, Float.NaN, 1 };
    assertThatThrownBy(() ->
      sampler.sample(row(bad), 0, SamplingParams.of(1, 0, 1, 1), 0, NOTHING, Optional.empty())
    ).isInstanceOf(ArithmeticException.class);
  }

  private static int[] counts(SamplingParams params, float[] logits) {
    return counts(params, logits, new TokenCounts(params));
  }

  private static int[] counts(SamplingParams params, float[] logits, TokenCounts seen) {
    Sampler sampler = new Sampler(logits.length);
    int[] counts = new int[logits.length];
    int draws = logits.length > 100 ? DRAWS / 8 : DRAWS;
    for (int i = 0; i < draws; i++) {
      counts[sampler.sample(row(logits), 0, params, i, seen, Optional.empty())]++;
    }
    return counts;
  }

  private static float[] logs(double... probabilities) {
    float[] logits = new float[probabilities.length];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) Math.log(probabilities[i]) + 3;
    }
    return logits;
  }

  static StepOutput row(float[] logits) {
    return new StepOutput() {
      @Override
      public int rows() {
        return 1;
      }

      @Override
      public int argmax(int row) {
        return IntStream.range(0, logits.length)
          .reduce((a, b) -> logits[b] > logits[a] ? b : a)
          .orElseThrow();
      }

      @Override
      public void logits(int row, float[] target) {
        System.arraycopy(logits, 0, target, 0, logits.length);
      }
    };
  }
}
