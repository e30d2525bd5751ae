package dev.atrium.engine;

import dev.atrium.engine.model.Device;
import dev.atrium.engine.model.Precision;

/**
 * Bounds of one engine.
 *
 * @param device where it is computed
 * @param precision how the matrices are held
 * @param threads native threads; the default leaves one core to the rest of the machine
 * @param cacheTokens tokens in the cache arena for all sequences together; 0 lets the runner choose
 * @param maxBatch most sequences that run at once
 * @param stepTokenBudget most tokens in one step, decode rows and prompt chunks together
 * @param maxWaiting most sequences that wait for their turn; beyond it a request is refused
 */
public record EngineConfig(
  Device device,
  Precision precision,
  int threads,
  int cacheTokens,
  int maxBatch,
  int stepTokenBudget,
  int maxWaiting
) {
  private static final int CPU_STEP = 256;
  private static final int GPU_STEP = 4096;

  public EngineConfig {
    require(threads >= 1, "threads", threads);
    require(cacheTokens >= 0, "cacheTokens", cacheTokens);
    require(maxBatch >= 1, "maxBatch", maxBatch);
    require(stepTokenBudget >= 1, "stepTokenBudget", stepTokenBudget);
    require(maxWaiting >= 0, "maxWaiting", maxWaiting);
  }

  /** On the processor, packed fp16, all cores but one, 16 sequences at once, 256 tokens a step, 64 waiting. */
  public static EngineConfig defaults() {
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors() - 1);
    return new EngineConfig(Device.CPU, Precision.FP16, threads, 0, 16, usualStep(Device.CPU), 64);
  }

  private static int usualStep(Device device) {
    return device.isGpu() ? GPU_STEP : CPU_STEP;
  }

  /** With the step that suits the device, unless another was chosen: a GPU takes thousands of tokens as fast as one. */
  public EngineConfig withDevice(Device value) {
    return new EngineConfig(
      value,
      precision,
      threads,
      cacheTokens,
      maxBatch,
      stepTokenBudget == usualStep(device) ? usualStep(value) : stepTokenBudget,
      maxWaiting
    );
  }

  public EngineConfig withPrecision(Precision value) {
    return new EngineConfig(
      device,
      value,
      threads,
      cacheTokens,
      maxBatch,
      stepTokenBudget,
      maxWaiting
    );
  }

  public EngineConfig withThreads(int value) {
    return new EngineConfig(
      device,
      precision,
      value,
      cacheTokens,
      maxBatch,
      stepTokenBudget,
      maxWaiting
    );
  }

  public EngineConfig withCacheTokens(int value) {
    return new EngineConfig(
      device,
      precision,
      threads,
      value,
      maxBatch,
      stepTokenBudget,
      maxWaiting
    );
  }

  public EngineConfig withMaxBatch(int value) {
    return new EngineConfig(
      device,
      precision,
      threads,
      cacheTokens,
      value,
      stepTokenBudget,
      maxWaiting
    );
  }

  public EngineConfig withStepTokenBudget(int value) {
    return new EngineConfig(device, precision, threads, cacheTokens, maxBatch, value, maxWaiting);
  }

  public EngineConfig withMaxWaiting(int value) {
    return new EngineConfig(
      device,
      precision,
      threads,
      cacheTokens,
      maxBatch,
      stepTokenBudget,
      value
    );
  }

  private static void require(boolean holds, String name, int value) {
    if (!holds) {
      throw new IllegalArgumentException(name + " can't be " + value);
    }
  }
}
