package dev.atrium.engine.cli;

import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.safetensors.RandomWeights;
import dev.atrium.engine.safetensors.SafetensorsDirectory;
import dev.atrium.engine.safetensors.WeightSource;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Either a model on disk, or a shape with weights that nobody trained. */
final class ModelSource {

  private static final String SMOLLM2 = "smollm2-135m";

  @Option(names = "--model", paramLabel = "DIR", description = "The model.")
  private Path model;

  @Option(
    names = "--random",
    paramLabel = SMOLLM2,
    description = "Random weights of this shape instead of a model."
  )
  private String random;

  String name() {
    return model == null ? random : model.toAbsolutePath().normalize().getFileName().toString();
  }

  /** @throws IllegalArgumentException if it is not on disk: then it has no text */
  Path directory(String option) {
    if (model == null) {
      throw new IllegalArgumentException(
        "random weights have no text: " + option + " needs a model"
      );
    }
    return EngineOptions.requireDirectory(model);
  }

  NetworkShape shape() {
    if (model != null) {
      return NetworkShape.read(EngineOptions.requireDirectory(model));
    }
    if (!random.equals(SMOLLM2)) {
      throw new IllegalArgumentException(
        "unknown shape '" + random + "' (there is " + SMOLLM2 + ")"
      );
    }
    return NetworkShape.smollm2With135M();
  }

  /** To be closed; the random ones are the same each time. */
  WeightSource weights() {
    return model == null ? new RandomWeights(1) : SafetensorsDirectory.open(model);
  }
}
