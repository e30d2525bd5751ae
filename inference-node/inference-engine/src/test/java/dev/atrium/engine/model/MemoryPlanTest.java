package dev.atrium.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MemoryPlanTest {

  private static final long GB = 1_000_000_000;
  private static final NetworkShape SMOLLM2 = NetworkShape.smollm2With135M();

  /** Llama 3.1 8B. */
  private static final NetworkShape LARGE = NetworkShape.of(
    32,
    4096,
    32,
    8,
    128,
    14336,
    128256,
    131072
  ).withTied(false);

  @Test
  void onAGpuNothingIsPackedAndAllIsOfOneType() {
    MemoryPlan bf16 = MemoryPlan.onGpu(SMOLLM2, Precision.BF16, 1000, 100 * GB);
    assertThat(bf16.weights()).isEqualTo(2 * SMOLLM2.parameters());
    assertThat(bf16.bytesPerToken()).isEqualTo(2L * 30 * 3 * 64 * 2);
    assertThat(bf16.margin()).as("with 256 MB for drawing").isEqualTo(1280L << 20);
    assertThat(MemoryPlan.onGpu(SMOLLM2, Precision.BF16, 0, 100 * GB).cacheTokens()).isGreaterThan(
      MemoryPlan.of(SMOLLM2, Precision.FP16, 0, 100 * GB).cacheTokens()
    );
    assertThatThrownBy(() -> MemoryPlan.onGpu(LARGE, Precision.BF16, 0, 8 * GB))
      .isInstanceOf(ModelLoadException.class)
      .hasMessageContaining("in bf16 the model needs");
  }

  @Test
  void weightsTakeWhatTheirFormatsNeed() {
    MemoryPlan f32 = MemoryPlan.of(SMOLLM2, Precision.F32, 1024, 100 * GB);
    assertThat(f32.weights()).isEqualTo(4 * SMOLLM2.parameters());
    assertThat(f32.loading()).isZero();
    // Widths that are multiples of 512 are not padded, and two bytes a number are two bytes.
    long large = MemoryPlan.of(LARGE, Precision.FP16, 1024, 100 * GB).weights();
    assertThat((double) large / (2 * LARGE.parameters())).isBetween(1.0, 1.001);
    // A tied head is packed too, beside the embedding.
    long untied = MemoryPlan.of(LARGE.withTied(true), Precision.FP16, 1024, 100 * GB).weights();
    assertThat(untied).isEqualTo(large);
    long int8 = MemoryPlan.of(LARGE, Precision.INT8, 1024, 100 * GB).weights();
    long embedding = 2L * 128256 * 4096;
    assertThat((double) (int8 - embedding) / (LARGE.parameters() - embedding / 2)).isBetween(
      1.0,
      1.005
    );
  }

  @Test
  void theCacheTakesKeysAndValuesOfAllLayers() {
    MemoryPlan plan = MemoryPlan.of(SMOLLM2, Precision.FP16, 1000, 100 * GB);
    // 16 bits a number, and a scale of 32 for each key and each value; f32 is what it says.
    assertThat(plan.bytesPerToken()).isEqualTo(2 * 30 * 3 * (64 * 2 + 4));
    assertThat(MemoryPlan.of(SMOLLM2, Precision.F32, 1000, 100 * GB).bytesPerToken()).isEqualTo(
      2 * 30 * 3 * 64 * 4
    );
    assertThat(plan.cache()).isEqualTo(1000 * plan.bytesPerToken());
    assertThat(plan.tables()).isEqualTo(1000 * 64 * 4);
    assertThat(plan.words()).contains("GB of weights").contains("for 1,000 tokens");
  }

  @Test
  void withoutAWishTheCacheIsAsLargeAsUsualOrAsFits() {
    MemoryPlan usual = MemoryPlan.of(SMOLLM2, Precision.FP16, 0, 100 * GB);
    assertThat(usual.cacheTokens()).isEqualTo((512 << 20) / usual.bytesPerToken());
    assertThat(MemoryPlan.of(LARGE, Precision.FP16, 0, 100 * GB).cacheTokens()).isEqualTo(131072);
    MemoryPlan tight = MemoryPlan.of(LARGE, Precision.FP16, 0, 24 * GB);
    assertThat(tight.cacheTokens()).isBetween(2048, 60_000);
    assertThat(tight.total() + tight.loading()).isBetween(23 * GB, 24 * GB);
  }

  @Test
  void whatDoesNotFitIsRefusedWithTheSum() {
    assertThatThrownBy(() ->
      MemoryPlan.of(LARGE, Precision.FP16, 0, 16 * GB)
    ).isInstanceOfSatisfying(ModelLoadException.class, e -> {
        assertThat(e.code()).isEqualTo("model_too_large");
        assertThat(e.args()).containsEntry("freeBytes", 16 * GB).containsKey("neededBytes");
        assertThat(e.getMessage())
          .contains("fp16", "GB of weights", "for 2,048 tokens")
          .endsWith("of which 16.0 GB are free");
      });
    // A wish is not cut down.
    assertThatThrownBy(() ->
      MemoryPlan.of(LARGE, Precision.FP16, 131072, 24 * GB)
    ).hasMessageContaining("for 131,072 tokens");
  }
}
