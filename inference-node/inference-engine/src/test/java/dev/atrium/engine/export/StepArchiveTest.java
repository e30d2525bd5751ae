package dev.atrium.engine.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.atrium.engine.djl.TorchModelRunner;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.model.NetworkShape.Biases;
import dev.atrium.engine.model.Precision;
import dev.atrium.engine.model.Rope;
import dev.atrium.engine.model.Span;
import dev.atrium.engine.safetensors.RandomWeights;
import dev.atrium.engine.safetensors.SafetensorsDirectory;
import dev.atrium.engine.safetensors.WeightSource;
import dev.atrium.engine.torchscript.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The exported program on the CPU, where attention goes its other way, against the runner in f32.
 * What flash attention makes of it is seen by gpu-check, on a GPU.
 */
class StepArchiveTest {

  private static final NetworkShape LLAMA = NetworkShape.of(3, 48, 4, 2, 8, 80, 100, 128);
  private static final NetworkShape QWEN2 = NetworkShape.of(2, 48, 4, 1, 8, 80, 100, 128)
    .withTied(false)
    .withBiases(new Biases(true, false, false))
    .withWindow(16, List.of(false, true));
  private static final NetworkShape QWEN3 = NetworkShape.of(2, 48, 6, 3, 8, 80, 100, 128)
    .withQkNorm()
    .withBiases(new Biases(true, true, true));
  private static final NetworkShape SMOLLM3 = LLAMA.withStill(List.of(false, true, false)).withRope(
    new Rope(10_000, new Rope.Scaling.Yarn(4, 32, 32, 1, 1.14, true))
  );
  private static final int[] IDS = new Random(5).ints(60, 0, 100).toArray();
  private static final int[] OTHER = new Random(6).ints(30, 0, 100).toArray();

  @TempDir
  private Path dir;

  @Test
  void allFamiliesGiveTheRunnersLogits() throws IOException {
    for (NetworkShape shape : List.of(LLAMA, QWEN2, QWEN3, SMOLLM3)) {
      try (Step step = open(shape, ElementType.F32)) {
        assertThat(distance(step.run(span(IDS, 0, 20))[0], expected(shape, IDS))).isLessThan(2e-5);
      }
    }
  }

  @Test
  void narrowTypesComeClose() throws IOException {
    try (Step half = open(LLAMA, ElementType.F16)) {
      assertThat(distance(half.run(span(IDS, 0, 20))[0], expected(LLAMA, IDS))).isLessThan(5e-3);
    }
    try (Step brain = open(LLAMA, ElementType.BF16)) {
      assertThat(distance(brain.run(span(IDS, 0, 20))[0], expected(LLAMA, IDS))).isLessThan(4e-2);
    }
  }

  @Test
  void aRaggedBatchLiesAnywhereInTheArena() throws IOException {
    try (Step step = open(QWEN2, ElementType.F32)) {
      // Ranges neither in order nor side by side; the first has its prompt in two chunks.
      step.run(span(Arrays.copyOf(IDS, 40), 0, 150), span(Arrays.copyOf(OTHER, 29), 0, 7));
      float[][] rows = step.run(
        span(Arrays.copyOfRange(IDS, 40, 60), 40, 150),
        span(new int[] { OTHER[29] }, 29, 7),
        span(new int[] { 3 }, 0, 100)
      );
      assertThat(distance(rows[0], expected(QWEN2, IDS))).isLessThan(2e-5);
      assertThat(distance(rows[1], expected(QWEN2, OTHER))).isLessThan(2e-5);
      assertThat(distance(rows[2], expected(QWEN2, 3))).isLessThan(2e-5);
    }
  }

  @Test
  void greedyAnswersGoOnWithoutTheHost() throws IOException {
    int[] prompt = Arrays.copyOf(IDS, 5);
    try (Step step = open(LLAMA, ElementType.F32)) {
      int[] answer = step.greedy(prompt, 9, 12);
      int[] all = Arrays.copyOf(prompt, 5);
      for (int id : answer) {
        assertThat(id).isEqualTo(best(expected(LLAMA, all)));
        all = Arrays.copyOf(all, all.length + 1);
        all[all.length - 1] = id;
      }
    }
  }

  @Test
  void movedRangesGoOnLikeTheOriginal() throws IOException {
    try (Step step = open(LLAMA, ElementType.F32)) {
      step.run(span(Arrays.copyOf(IDS, 59), 0, 50));
      int[] last = { IDS[59] };
      float[] before = step.run(span(last, 59, 50))[0];
      step.copy(50, 20, 59);
      assertThat(step.run(span(last, 59, 20))[0]).isEqualTo(before);
    }
  }

  @Test
  void aSkeletonIsSmallAndSaysNothing() throws IOException {
    NetworkShape shape = NetworkShape.smollm2With135M();
    Path file = dir.resolve("skeleton.pt");
    StepArchive.skeleton(shape, ElementType.BF16, 64).write(file);
    assertThat(Files.size(file)).isLessThan(200_000);
    try (Step step = new Step(file, 0)) {
      float[] logits = step.run(span(new int[] { 1, 2 }, 0, 0))[0];
      assertThat(logits).hasSize(shape.vocab()).containsOnly(0f);
    }
  }

  @Test
  void theFileAppearsWholeOrNotAtAll() throws IOException {
    Path file = dir.resolve("step.pt");
    Files.writeString(file, "what was there");
    try (RandomWeights weights = new RandomWeights(11)) {
      StepArchive archive = StepArchive.of(LLAMA, weights, ElementType.F16, 64);
      weights.close();
      assertThatThrownBy(() -> archive.write(file)).isInstanceOf(IllegalStateException.class);
    }
    assertThat(file).hasContent("what was there");
    assertThat(dir)
      .isDirectoryContaining("glob:**step.pt")
      .isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void realWeightsWriteTheGoldenStory() throws IOException {
    Path model = Path.of(System.getProperty("atrium.root", "."), "../shared/models/stories260k");
    assumeTrue(Files.isDirectory(model));
    Path file = dir.resolve("stories.pt");
    try (WeightSource weights = SafetensorsDirectory.open(model)) {
      StepArchive.of(NetworkShape.read(model), weights, ElementType.F32, 256).write(file);
    }
    int[] golden = new ObjectMapper().readValue(
      model.resolve("golden_ids.json").toFile(),
      int[].class
    );
    try (Step step = new Step(file, 0)) {
      int[] first = { 1 };
      assertThat(step.greedy(first, 3, golden.length)).isEqualTo(golden);
    }
  }

  private static Span span(int[] tokens, int position, int start) {
    return new Span(tokens, position, start, 0, true);
  }

  private Step open(NetworkShape shape, ElementType type) throws IOException {
    Path file = dir.resolve("step.pt");
    try (RandomWeights weights = new RandomWeights(11)) {
      StepArchive.of(shape, weights, type, 32).write(file);
    }
    return new Step(file, 256);
  }

  private static float[] expected(NetworkShape shape, int... ids) {
    try (
      RandomWeights weights = new RandomWeights(11);
      TorchModelRunner runner = TorchModelRunner.load("x", shape, weights, Precision.F32, 1, 64)
    ) {
      float[] logits = new float[shape.vocab()];
      runner.step(List.of(span(ids, 0, 0))).logits(0, logits);
      return logits;
    }
  }

  private static int best(float... values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }

  /** Relative to the size of the whole row. */
  private static double distance(float[] actual, float... expected) {
    double square = 0;
    double size = 0;
    for (int i = 0; i < expected.length; i++) {
      double difference = (double) actual[i] - expected[i];
      square += difference * difference;
      size += (double) expected[i] * expected[i];
    }
    return Math.sqrt(square / size);
  }
}
