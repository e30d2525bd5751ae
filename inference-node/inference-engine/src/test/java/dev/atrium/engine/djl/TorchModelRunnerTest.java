package dev.atrium.engine.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.model.Precision;
import dev.atrium.engine.model.Span;
import dev.atrium.engine.model.StepOutput;
import dev.atrium.engine.safetensors.RandomWeights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Numbers of the network, against the same network in 64-bit Java. */
class TorchModelRunnerTest {

  private static final NetworkShape LLAMA = NetworkShape.of(3, 48, 4, 2, 8, 80, 100, 128);
  private static final int[] IDS = new Random(5).ints(90, 0, 100).toArray();

  @Test
  void llamaAgreesWithTheReference() {
    agrees(Precision.F32, 2e-5);
    agrees(Precision.FP16, 5e-3);
    agrees(Precision.INT8, 0.1);
  }

  private static void agrees(Precision precision, double tolerance) {
    try (
      RandomWeights weights = new RandomWeights(11);
      TorchModelRunner runner = open(LLAMA, precision)
    ) {
      double[] expected = new ReferenceDecoder(LLAMA, weights).logits(IDS);
      float[] whole = logits(runner, new Span(IDS, 0, 7, 0, true));
      assertThat(distance(whole, expected)).isLessThan(tolerance);

      runner.step(List.of(new Span(Arrays.copyOf(IDS, 64), 0, 130, 0, false)));
      for (int t = 64; t < IDS.length - 1; t++) {
        logits(runner, new Span(new int[] { IDS[t] }, t, 130, 0, true));
      }
      int last = IDS.length - 1;
      float[] stepwise = logits(runner, new Span(new int[] { IDS[last] }, last, 130, 0, true));
      assertThat(distance(stepwise, expected)).isLessThan(tolerance);
    }
  }

  @Test
  void spansOfOneStepDoNotTouchEachOther() {
    try (
      RandomWeights weights = new RandomWeights(11);
      TorchModelRunner runner = open(LLAMA, Precision.F32)
    ) {
      ReferenceDecoder reference = new ReferenceDecoder(LLAMA, weights);
      int[] other = new Random(6).ints(30, 0, 100).toArray();
      runner.step(List.of(new Span(Arrays.copyOf(other, 29), 0, 200, 0, false)));
      // A prompt in two chunks, a row that writes, and a prompt of one token, in one call.
      StepOutput output = runner.step(
        List.of(
          new Span(Arrays.copyOf(IDS, 64), 0, 0, 0, false),
          new Span(Arrays.copyOfRange(IDS, 64, 90), 64, 0, 0, true),
          new Span(new int[] { other[29] }, 29, 200, 0, true),
          new Span(new int[] { 3 }, 0, 100, 0, true)
        )
      );
      float[] row = new float[100];
      double[][] expected = { reference.logits(IDS), reference.logits(other), reference.logits(3) };
      assertThat(output.rows()).isEqualTo(3);
      for (int r = 0; r < 3; r++) {
        output.logits(r, row);
        assertThat(distance(row, expected[r])).isLessThan(2e-5);
        assertThat(output.argmax(r)).isEqualTo(best(expected[r]));
      }
    }
  }

  /** To the last bit: whoever else is in a step, and wherever among them a sequence stands. */
  @ParameterizedTest
  @EnumSource(names = { "FP16", "INT8" })
  void logitsAreTheSameInEveryCompany(Precision precision) {
    int most = 250;
    try (
      RandomWeights weights = new RandomWeights(11);
      TorchModelRunner runner = TorchModelRunner.load("x", LLAMA, weights, precision, 2, most * 8)
    ) {
      for (int s = 0; s < most; s++) {
        runner.step(List.of(new Span(Arrays.copyOf(IDS, 7), 0, 8 * s, 0, false)));
      }
      float[] alone = logits(runner, new Span(new int[] { IDS[7] }, 7, 0, 0, true));
      float[] row = new float[alone.length];
      for (int n = 2; n <= most; n++) {
        List<Span> spans = new ArrayList<>();
        for (int s = 0; s < n; s++) {
          spans.add(new Span(new int[] { IDS[7] }, 7, 8 * s, 0, true));
        }
        StepOutput output = runner.step(spans);
        for (int s = 0; s < n; s++) {
          output.logits(s, row);
          assertThat(row).as("row %d of %d", s, n).isEqualTo(alone);
        }
      }
    }
  }

  /** To the last bit: read at once, in pieces, or token by token, and wherever the sequence lies. */
  @ParameterizedTest
  @EnumSource(names = { "FP16", "INT8" })
  void logitsAreTheSameInHoweverManyPiecesAPromptIsRead(Precision precision) {
    try (TorchModelRunner runner = open(LLAMA, precision)) {
      float[] atOnce = logits(runner, new Span(IDS, 0, 0, 0, true));
      for (int piece : new int[] { 1, 7, 64 }) {
        int start = 100 + piece;
        float[] logits = null;
        for (int at = 0; at < IDS.length; at += piece) {
          int[] tokens = Arrays.copyOfRange(IDS, at, Math.min(IDS.length, at + piece));
          logits = logits(runner, new Span(tokens, at, start, 0, true));
        }
        assertThat(logits).as("pieces of %d", piece).isEqualTo(atOnce);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = { "F32", "INT8" })
  void copiedCacheGoesOnLikeTheOriginalEvenIfThePlacesOverlap(Precision precision) {
    try (TorchModelRunner runner = open(LLAMA, precision)) {
      runner.step(List.of(new Span(Arrays.copyOf(IDS, 89), 0, 50, 0, false)));
      Span next = new Span(new int[] { IDS[89] }, 89, 50, 0, true);
      float[] before = logits(runner, next);
      runner.copyCache(50, 20, 89);
      float[] down = logits(runner, new Span(next.tokens(), 89, 20, 0, true));
      runner.copyCache(20, 60, 89);
      float[] up = logits(runner, new Span(next.tokens(), 89, 60, 0, true));
      assertThat(down).isEqualTo(before);
      assertThat(up).isEqualTo(before);
    }
  }

  @Test
  void refusesWhatWouldReachBeyondTheCacheTheContextOrTheVocabulary() {
    try (TorchModelRunner runner = open(LLAMA, Precision.F32)) {
      assertThatThrownBy(() -> runner.step(List.of(new Span(IDS, 60, 0, 0, true)))).isInstanceOf(
        IllegalArgumentException.class
      );
      assertThatThrownBy(() -> runner.step(List.of(new Span(IDS, 0, 300, 0, true)))).isInstanceOf(
        IllegalArgumentException.class
      );
      assertThatThrownBy(() ->
        runner.step(List.of(new Span(new int[] { 100 }, 0, 0, 0, true)))
      ).hasMessageContaining("token 100");
      assertThatThrownBy(() ->
        runner.step(List.of(new Span(new int[] { 1 }, 0, 0, 1, true)))
      ).hasMessageContaining("adapter 1");
      assertThat(logits(runner, new Span(new int[] { 1 }, 0, 0, 0, true))).hasSize(100);
    }
  }

  @Test
  void refusesAnotherThread() throws InterruptedException {
    try (TorchModelRunner runner = open(LLAMA, Precision.F32)) {
      Throwable[] thrown = new Throwable[1];
      Thread other = new Thread(() -> {
        try {
          runner.copyCache(0, 1, 1);
        } catch (RuntimeException e) {
          thrown[0] = e;
        }
      });
      other.start();
      other.join();
      assertThat(thrown[0]).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void theSameWeightsHaveTheSameHashAndOthersAnother() {
    try (
      TorchModelRunner one = open(LLAMA, Precision.F32);
      TorchModelRunner same = open(LLAMA, Precision.FP16);
      RandomWeights weights = new RandomWeights(12);
      TorchModelRunner other = TorchModelRunner.load("x", LLAMA, weights, Precision.F32, 1, 64)
    ) {
      assertThat(one.info().weightsHash()).isEqualTo(same.info().weightsHash());
      assertThat(one.info().weightsHash()).isNotEqualTo(other.info().weightsHash());
      assertThat(one.info().parameters()).isEqualTo(LLAMA.parameters());
    }
  }

  private static TorchModelRunner open(NetworkShape shape, Precision precision) {
    try (RandomWeights weights = new RandomWeights(11)) {
      return TorchModelRunner.load("random", shape, weights, precision, 1, 320);
    }
  }

  private static float[] logits(TorchModelRunner runner, Span span) {
    float[] logits = new float[runner.info().vocabSize()];
    runner.step(List.of(span)).logits(0, logits);
    return logits;
  }

  private static int best(double[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }

  /** Relative to the size of the whole row. */
  private static double distance(float[] actual, double[] expected) {
    double square = 0;
    double size = 0;
    for (int i = 0; i < expected.length; i++) {
      square += (actual[i] - expected[i]) * (actual[i] - expected[i]);
      size += expected[i] * expected[i];
    }
    return Math.sqrt(square / size);
  }
}
