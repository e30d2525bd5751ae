package dev.atrium.engine.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.engine.model.Device;
import dev.atrium.engine.model.Draw;
import dev.atrium.engine.model.ModelRunner;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.model.Precision;
import dev.atrium.engine.model.Span;
import dev.atrium.engine.model.StepOutput;
import dev.atrium.engine.safetensors.RandomWeights;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The runner for GPUs with its program on the processor, in f32, against the runner for the processor.
 * What a GPU makes of the program is seen by gpu-check.
 */
class CudaModelRunnerTest {

  private static final NetworkShape SHAPE = NetworkShape.of(3, 48, 4, 2, 8, 80, 100, 128);
  private static final int[] IDS = new Random(5).ints(60, 0, 100).toArray();
  private static final int[] OTHER = new Random(6).ints(30, 0, 100).toArray();

  @Test
  void givesTheLogitsOfTheRunnerForTheProcessor() {
    try (ModelRunner gpu = onTheProcessor(); ModelRunner cpu = cpu()) {
      assertThat(gpu.info().weightsHash()).isEqualTo(cpu.info().weightsHash());
      // A prompt in blocks beside another's chunk, then an answer beside the rest.
      List<Span> first = List.of(
        new Span(Arrays.copyOfRange(IDS, 0, 16), 0, 64, 0, false),
        new Span(Arrays.copyOfRange(IDS, 16, 32), 16, 64, 0, true),
        new Span(Arrays.copyOfRange(OTHER, 0, 10), 0, 0, 0, false)
      );
      List<Span> second = List.of(
        new Span(new int[] { 7 }, 32, 64, 0, true),
        new Span(Arrays.copyOfRange(OTHER, 10, 30), 10, 0, 0, true)
      );
      for (List<Span> spans : List.of(first, second)) {
        StepOutput expected = cpu.step(spans);
        StepOutput actual = gpu.step(spans);
        assertThat(actual.rows()).isEqualTo(expected.rows());
        for (int row = 0; row < expected.rows(); row++) {
          assertThat(actual.argmax(row)).isEqualTo(expected.argmax(row));
          assertThat(distance(logits(actual, row), logits(expected, row))).isLessThan(2e-5);
        }
      }
    }
  }

  @Test
  void movesWhatIsInTheCache() {
    try (ModelRunner gpu = onTheProcessor()) {
      gpu.step(List.of(new Span(Arrays.copyOf(IDS, 40), 0, 64, 0, false)));
      float[] before = logits(gpu.step(List.of(new Span(new int[] { 3 }, 40, 64, 0, true))), 0);
      gpu.copyCache(64, 7, 40);
      float[] after = logits(gpu.step(List.of(new Span(new int[] { 3 }, 40, 7, 0, true))), 0);
      assertThat(after).isEqualTo(before);
    }
  }

  @Test
  void refusesWhatIsOutsideOfTheCache() {
    try (ModelRunner gpu = onTheProcessor()) {
      assertThatThrownBy(() -> gpu.step(List.of(new Span(new int[] { 3 }, 0, 192, 0, true))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("past the context or the cache");
    }
  }

  @Test
  void drawingLeavesNoNativeValue() {
    try (CudaModelRunner gpu = onTheProcessor()) {
      int[] held = new int[40];
      for (int step = 0; step < held.length; step++) {
        StepOutput output = gpu.step(List.of(new Span(new int[] { 3 }, step, 0, 0, true)));
        for (int topK : new int[] { 0, 5 }) {
          assertThat(output.draw(List.of(draw(topK)))[0]).isBetween(0, SHAPE.vocab() - 1);
        }
        assertThat(output.likelihoods(new int[] { 0 }, new int[] { 7 }, 2)).hasSize(1);
        held[step] = gpu.nativeValues();
      }
      assertThat(held).containsOnly(held[0]);
    }
  }

  private static Draw draw(int topK) {
    Draw.Shift bias = new Draw.Shift(new int[] { 7 }, new float[] { 1 });
    long[] some = { 0xff00ff00ff00ffL, 1 };
    return new Draw(0, 1, topK, 1, 0, 0.5, bias, some, 1.5f, bias, some);
  }

  private static CudaModelRunner onTheProcessor() {
    return DeviceOnProcessor.load(SHAPE, 11, 192, false);
  }

  private static ModelRunner cpu() {
    try (RandomWeights weights = new RandomWeights(11)) {
      return ModelRunners.load("x", SHAPE, weights, Device.CPU, Precision.F32, 1, 192);
    }
  }

  private static float[] logits(StepOutput output, int row) {
    float[] logits = new float[SHAPE.vocab()];
    output.logits(row, logits);
    return logits;
  }

  private static double distance(float[] actual, float... expected) {
    double square = 0;
    double size = 0;
    for (int i = 0; i < expected.length; i++) {
      square += Math.pow((double) actual[i] - expected[i], 2);
      size += Math.pow(expected[i], 2);
    }
    return Math.sqrt(square / size);
  }
}
