package dev.atrium.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.engine.model.StepOutput;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplerTest {

  private static final int DRAWS = 40_000;

  @Test
  void drawsEachTokenAsOftenAsItsProbabilitySays() {
    int[] counts = counts(new SamplingParams(1, 0, 1, 1), logs(0.5, 0.3, 0.2));
    assertThat(counts[0] / (double) DRAWS).isBetween(0.48, 0.52);
    assertThat(counts[1] / (double) DRAWS).isBetween(0.28, 0.32);
  }

  @Test
  void lowTemperatureSharpens() {
    // Squared and normed: 0.25, 0.09 and 0.04 of 0.38.
    int[] counts = counts(new SamplingParams(0.5, 0, 1, 1), logs(0.5, 0.3, 0.2));
    assertThat(counts[0] / (double) DRAWS).isBetween(0.64, 0.68);
  }

  @Test
  void topKKeepsTheBestAndTheLowerIdAmongEquals() {
    int[] counts = counts(new SamplingParams(1, 2, 1, 1), logs(0.2, 0.4, 0.2, 0.2));
    assertThat(counts[2] + counts[3]).isZero();
    assertThat(counts[0] / (double) DRAWS).isBetween(0.31, 0.36);
  }

  @Test
  void topPKeepsTheFewestThatReachIt() {
    int[] counts = counts(new SamplingParams(1, 0, 0.75, 1), logs(0.2, 0.5, 0.3));
    assertThat(counts[0]).isZero();
    assertThat(counts[2]).isPositive();
    assertThat(counts(new SamplingParams(1, 0, 0.45, 1), logs(0.2, 0.5, 0.3))[1]).isEqualTo(DRAWS);
  }

  @Test
  void topPOverAFlatVocabularyLooksAsFarAsItMust() {
    float[] flat = new float[500];
    int[] counts = counts(new SamplingParams(1, 0, 0.5, 3), flat);
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
    int[] all = counts(new SamplingParams(1, 1000, 1, 5), logits);
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
  void greedyTakesTheBestWithoutALook() {
    Sampler sampler = new Sampler(3);
    assertThat(sampler.sample(row(logs(0.2, 0.5, 0.3)), 0, SamplingParams.GREEDY, 0)).isEqualTo(1);
  }

  @Test
  void refusesLogitsThatAreNotNumbers() {
    Sampler sampler = new Sampler(3);
    float[] bad = { 0, Float.NaN, 1 };
    assertThatThrownBy(() ->
      sampler.sample(row(bad), 0, new SamplingParams(1, 0, 1, 1), 0)
    ).isInstanceOf(ArithmeticException.class);
  }

  private static int[] counts(SamplingParams params, float[] logits) {
    Sampler sampler = new Sampler(logits.length);
    int[] counts = new int[logits.length];
    int draws = logits.length > 100 ? DRAWS / 8 : DRAWS;
    for (int i = 0; i < draws; i++) {
      counts[sampler.sample(row(logits), 0, params, i)]++;
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

  private static StepOutput row(float[] logits) {
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
