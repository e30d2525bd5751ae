package dev.atrium.engine.djl;

import dev.atrium.engine.model.Device;
import dev.atrium.engine.model.ModelRunner;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.model.Precision;
import dev.atrium.engine.safetensors.SafetensorsDirectory;
import dev.atrium.engine.safetensors.WeightSource;
import java.nio.file.Path;
import java.util.Objects;

/** Loads a model onto the device where it shall be computed. */
public final class ModelRunners {

  private ModelRunners() {}

  /**
   * Loads a Hugging Face directory.
   *
   * @param threads native threads of the calling thread, on the processor
   * @param cacheTokens size of the cache arena, 0 for a default
   * @throws dev.atrium.engine.model.ModelLoadException if a file is missing, wrong or of an unknown kind,
   *     the device does not know the precision, or the memory does not suffice
   */
  public static ModelRunner load(
    Path dir,
    Device device,
    Precision precision,
    int threads,
    int cacheTokens
  ) {
    NetworkShape shape = NetworkShape.read(dir);
    String name = Objects.requireNonNullElse(
      dir.toAbsolutePath().normalize().getFileName(),
      dir
    ).toString();
    try (WeightSource weights = SafetensorsDirectory.open(dir)) {
      return load(name, shape, weights, device, precision, threads, cacheTokens);
    }
  }

  /** Loads weights from anywhere; the source may be closed afterwards. */
  public static ModelRunner load(
    String name,
    NetworkShape shape,
    WeightSource weights,
    Device device,
    Precision precision,
    int threads,
    int cacheTokens
  ) {
    precision.requireOn(device);
    return device.isGpu()
      ? CudaModelRunner.load(name, shape, weights, precision, device, cacheTokens)
      : TorchModelRunner.load(name, shape, weights, precision, threads, cacheTokens);
  }
}
