package dev.atrium.engine.djl;

import dev.atrium.engine.model.Device;
import dev.atrium.engine.model.MemoryPlan;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.model.Precision;
import dev.atrium.engine.safetensors.RandomWeights;
import java.util.Optional;

/** The runner for GPUs with its programs on the processor, in f32. */
public final class DeviceOnProcessor {

  private DeviceOnProcessor() {}

  /** @param replayed whether steps of answers alone go through the recorder */
  public static CudaModelRunner load(
    NetworkShape shape,
    int seed,
    int cacheTokens,
    boolean replayed
  ) {
    MemoryPlan plan = MemoryPlan.onGpu(shape, Precision.F32, cacheTokens, 8L << 30);
    try (RandomWeights weights = new RandomWeights(seed)) {
      return CudaModelRunner.load("x", shape, weights, Precision.F32, Device.CPU, plan, () ->
        replayed ? Optional.of(new ReplayedAnew()) : Optional.empty()
      );
    }
  }
}
