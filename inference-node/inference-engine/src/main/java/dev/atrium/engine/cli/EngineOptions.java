package dev.atrium.engine.cli;

import dev.atrium.engine.EngineConfig;
import dev.atrium.engine.djl.Gpus;
import dev.atrium.engine.model.Device;
import dev.atrium.engine.model.DeviceChoice;
import dev.atrium.engine.model.ModelLoadException;
import dev.atrium.engine.model.Precision;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What all commands share: where, how precise, on how many threads. */
final class EngineOptions {

  @Option(
    names = "--precision",
    paramLabel = "f32|fp16|int8|bf16",
    converter = PrecisionConverter.class,
    description = "How the matrices are held (default: fp16, on a GPU bf16)."
  )
  Precision precision;

  @Option(
    names = "--device",
    paramLabel = "cpu|cuda|cuda:N|auto",
    defaultValue = "cpu",
    converter = DeviceConverter.class,
    description = "Where it is computed; auto takes a GPU if there is one (default: ${DEFAULT-VALUE})."
  )
  DeviceChoice device;

  @Option(
    names = "--threads",
    paramLabel = "N",
    description = "Native threads (default: all cores but one)."
  )
  Integer threads;

  EngineConfig config() {
    Device first = Gpus.devices(device).getFirst();
    EngineConfig config = EngineConfig.defaults()
      .withDevice(first)
      .withPrecision(precision == null ? Precision.usual(first) : precision);
    return threads == null ? config : config.withThreads(threads);
  }

  static Path requireDirectory(Path model) {
    if (!Files.isDirectory(model)) {
      throw ModelLoadException.missing(model.toString(), "there is no such model directory");
    }
    return model;
  }

  /** Reads a choice of devices. */
  static final class DeviceConverter implements ITypeConverter<DeviceChoice> {

    @Override
    public DeviceChoice convert(String label) {
      try {
        return new DeviceChoice(label);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /** Names precisions as the documentation does. */
  static final class PrecisionConverter implements ITypeConverter<Precision> {

    @Override
    public Precision convert(String label) {
      try {
        return Precision.of(label);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
