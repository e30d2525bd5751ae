package dev.atrium.engine.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.engine.djl.GraphedSteps.Size;
import dev.atrium.engine.model.Device;
import dev.atrium.engine.model.MemoryPlan;
import dev.atrium.engine.model.ModelRunner;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.model.Precision;
import dev.atrium.engine.model.Span;
import dev.atrium.engine.model.StepOutput;
import dev.atrium.engine.safetensors.RandomWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Recorded steps with their program on the processor, where a replay computes anew: padding, sizes and
 * what host and device tell each other are as on a GPU, the recording itself is not.
 */
class GraphedStepsTest {

  private static final NetworkShape SHAPE = NetworkShape.of(3, 48, 4, 2, 8, 80, 100, 2048);
  private static final int CACHE = 4096;
  private static final int ROOM = 100;

  @Test
  void givesWhatLaunchedStepsGive() {
    ReplayedAnew recorder = new ReplayedAnew();
    try (
      ModelRunner replayed = runner(Optional.of(recorder));
      ModelRunner launched = runner(Optional.empty())
    ) {
      Random random = new Random(3);
      int[] written = new int[20];
      for (int step = 0; step < 60; step++) {
        List<Span> spans = new ArrayList<>();
        for (int j = 0; j < written.length; j++) {
          // Sequences come, pause and go, and so every size has its turn.
          if (random.nextInt(20) < step / 3) {
            spans.add(new Span(new int[] { random.nextInt(100) }, written[j]++, j * ROOM, 0, true));
          } else if (random.nextInt(30) == 0) {
            written[j] = 0;
          }
        }
        if (!spans.isEmpty()) {
          assertSame(replayed.step(spans), launched.step(spans), spans.size());
        }
      }
      assertThat(recorder.replays).isGreaterThan(40);
      // 1, 2, 4, 8, 12, 16 and 24 rows, each with contexts of up to 512 tokens.
      assertThat(recorder.recorded).isBetween(5, 7);
    }
    assertThat(recorder.open).isZero();
  }

  @Test
  void rowsThatAreNobodysHarmNobody() {
    try (ModelRunner runner = runner(Optional.of(new ReplayedAnew()))) {
      int last = CACHE - 2;
      runner.step(List.of(answer(5, 0, 0), answer(6, 0, ROOM), answer(7, 0, last)));
      // Three of four rows: the fourth wrote somewhere. What the three wrote is still there.
      StepOutput again = runner.step(
        List.of(answer(8, 1, 0), answer(8, 1, ROOM), answer(8, 1, last))
      );
      float[][] kept = { logits(again, 0), logits(again, 1), logits(again, 2) };
      try (ModelRunner alone = runner(Optional.empty())) {
        for (int j = 0; j < 3; j++) {
          alone.step(List.of(answer(5 + j, 0, j * ROOM)));
          StepOutput expected = alone.step(List.of(answer(8, 1, j * ROOM)));
          assertThat(distance(kept[j], logits(expected, 0))).isLessThan(2e-5);
        }
      }
    }
  }

  @Test
  void logitsAreThoseOfTheirStep() {
    try (ModelRunner runner = runner(Optional.of(new ReplayedAnew()))) {
      float[][] rows = new float[3][];
      for (int token = 0; token < rows.length; token++) {
        // The same tensor each time, and more rows from step to step.
        List<Span> spans = new ArrayList<>();
        for (int j = 0; j <= 4 * token; j++) {
          spans.add(answer(token, 0, j * ROOM));
        }
        StepOutput output = runner.step(spans);
        rows[token] = logits(output, 4 * token);
        assertThat(logits(output, 0))
          .usingComparatorWithPrecision(1e-4f)
          .containsExactly(rows[token]);
        assertThat(best(rows[token])).isEqualTo(output.argmax(4 * token));
      }
      assertThat(distance(rows[1], rows[0])).isGreaterThan(0.1);
      assertThat(distance(rows[2], rows[1])).isGreaterThan(0.1);
    }
  }

  @Test
  void promptsAreLaunchedAsBefore() {
    ReplayedAnew recorder = new ReplayedAnew();
    try (ModelRunner runner = runner(Optional.of(recorder))) {
      runner.step(List.of(new Span(new int[] { 1, 2, 3 }, 0, 0, 0, true), answer(4, 0, ROOM)));
      runner.step(List.of(new Span(new int[] { 1 }, 3, 0, 0, false)));
      assertThat(recorder.recorded).isZero();
    }
  }

  @Test
  void sizesAreFewAndLargeEnough() {
    assertThat(Size.of(1, 1, 8192)).isEqualTo(new Size(1, 512));
    assertThat(Size.of(3, 512, 8192)).isEqualTo(new Size(4, 512));
    assertThat(Size.of(9, 513, 8192)).isEqualTo(new Size(12, 2048));
    assertThat(Size.of(13, 2049, 3000)).isEqualTo(new Size(16, 3000));
    assertThat(Size.of(129, 8192, 8192)).isEqualTo(new Size(192, 8192));
    assertThat(Size.of(200, 20, 100)).isEqualTo(new Size(256, 100));
    for (int rows = 1; rows <= GraphedSteps.MOST_ROWS; rows++) {
      int recorded = Size.of(rows, 1, 8192).rows();
      int most = rows < 8 ? 2 * rows - 1 : rows + rows / 2;
      assertThat(recorded).isBetween(rows, Math.max(rows, most));
    }
  }

  @Test
  void whatCannotBeRecordedIsLaunched() {
    ReplayedAnew recorder = new ReplayedAnew();
    recorder.refusal = new StepRecorder.NotRecorded("no", null);
    try (
      ModelRunner runner = runner(Optional.of(recorder));
      ModelRunner launched = runner(Optional.empty())
    ) {
      for (int position = 0; position < 3; position++) {
        List<Span> spans = List.of(answer(4, position, 0));
        assertSame(runner.step(spans), launched.step(spans), 1);
      }
      assertThat(recorder.asked).as("it is not asked again").isEqualTo(1);
    }
  }

  @Test
  void withoutRoomNothingIsRecorded() {
    ReplayedAnew recorder = new ReplayedAnew();
    recorder.room = false;
    try (ModelRunner runner = runner(Optional.of(recorder))) {
      assertThat(runner.step(List.of(answer(4, 0, 0))).rows()).isEqualTo(1);
      assertThat(recorder.asked).isZero();
    }
  }

  @Test
  void aFailureOfTheDeviceIsNotSwallowed() {
    ReplayedAnew recorder = new ReplayedAnew();
    recorder.refusal = new IllegalStateException("CUDA: an illegal memory access");
    try (ModelRunner runner = runner(Optional.of(recorder))) {
      assertThatThrownBy(() -> runner.step(List.of(answer(4, 0, 0)))).hasMessageContaining(
        "illegal"
      );
    }
  }

  private static void assertSame(StepOutput actual, StepOutput expected, int rows) {
    assertThat(actual.rows()).isEqualTo(rows).isEqualTo(expected.rows());
    for (int row = 0; row < rows; row++) {
      assertThat(actual.argmax(row)).isEqualTo(expected.argmax(row));
      assertThat(distance(logits(actual, row), logits(expected, row))).isLessThan(2e-5);
    }
  }

  private static Span answer(int token, int position, int start) {
    return new Span(new int[] { token }, position, start, 0, true);
  }

  private static ModelRunner runner(Optional<StepRecorder> recorder) {
    MemoryPlan plan = MemoryPlan.onGpu(SHAPE, Precision.F32, CACHE, 8L << 30);
    try (RandomWeights weights = new RandomWeights(11)) {
      return CudaModelRunner.load("x", SHAPE, weights, Precision.F32, Device.CPU, plan, () ->
        recorder
      );
    }
  }

  private static float[] logits(StepOutput output, int row) {
    float[] logits = new float[SHAPE.vocab()];
    output.logits(row, logits);
    return logits;
  }

  private static int best(float... logits) {
    int best = 0;
    for (int id = 1; id < logits.length; id++) {
      best = logits[id] > logits[best] ? id : best;
    }
    return best;
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
