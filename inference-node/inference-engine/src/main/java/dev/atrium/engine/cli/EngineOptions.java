package dev.atrium.engine.cli;

import dev.atrium.engine.EngineConfig;
import dev.atrium.engine.model.ModelLoadException;
import dev.atrium.engine.model.Precision;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What all commands share: which model, how precise, on how many threads. */
final class EngineOptions {

  @Option(
    names = "--precision",
    paramLabel = "f32|fp16|int8",
    defaultValue = "fp16",
    converter = PrecisionConverter.class,
    description = "How the matrices are held (default: ${DEFAULT-VALUE})."
  )
  Precision precision;

  @Option(
    names = "--threads",
    paramLabel = "N",
    description = "Native threads (default: all cores but one)."
  )
  Integer threads;

  EngineConfig config() {
    EngineConfig config = EngineConfig.defaults().withPrecision(precision);
    return threads == null ? config : config.withThreads(threads);
  }

  static Path requireDirectory(Path model) {
    if (!Files.isDirectory(model)) {
      throw ModelLoadException.missing(model.toString(), "there is no such model directory");
    }
    return model;
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
