package dev.atrium.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.atrium.engine.djl.TorchModelRunner;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.model.Precision;
import dev.atrium.engine.model.Span;
import dev.atrium.engine.safetensors.RandomWeights;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class QualityTest {

  private static final int VOCAB = 100;
  private static final NetworkShape SHAPE = NetworkShape.of(2, 48, 4, 2, 8, 80, VOCAB, 128);

  /** Longer than a step has rows, and apart from the window before it. */
  private static final List<int[]> WINDOWS = List.of(
    new Random(1).ints(90, 0, VOCAB).toArray(),
    new Random(2).ints(20, 0, VOCAB).toArray()
  );

  @Test
  void perplexityIsTheOneOfEveryPrefixByItself() {
    try (
      RandomWeights weights = new RandomWeights(5);
      TorchModelRunner runner = TorchModelRunner.load("x", SHAPE, weights, Precision.F32, 1, 128)
    ) {
      Quality.Reading reading = new Quality(runner).read(WINDOWS);
      double sum = 0;
      int n = 0;
      float[] logits = new float[VOCAB];
      for (int[] window : WINDOWS) {
        for (int length = 1; length < window.length; length++) {
          int[] prefix = Arrays.copyOf(window, length);
          runner.step(List.of(new Span(prefix, 0, 0, 0, true))).logits(0, logits);
          double all = 0;
          for (float logit : logits) {
            all += Math.exp(logit);
          }
          assertThat(reading.losses()[n]).isCloseTo(
            Math.log(all) - logits[window[length]],
            within(1e-4)
          );
          sum += Math.log(all) - logits[window[length]];
          n++;
        }
      }
      assertThat(reading.losses()).hasSize(n);
      assertThat(reading.perplexity()).isCloseTo(Math.exp(sum / n), within(1e-2));
    }
  }

  @Test
  void agreementIsTheShareOfTheSame() {
    Quality.Reading one = new Quality.Reading(new double[] { Math.log(4), 0 }, new int[] { 1, 2 });
    Quality.Reading other = new Quality.Reading(new double[] { 0, 0 }, new int[] { 1, 3 });
    assertThat(one.perplexity()).isCloseTo(2, within(1e-9));
    assertThat(one.agreement(other)).isEqualTo(0.5);
  }
}
