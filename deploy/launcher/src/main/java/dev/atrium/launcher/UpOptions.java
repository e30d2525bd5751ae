package dev.atrium.launcher;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What {@code up} was asked for, checked.
 *
 * @param port the shared HTTP port of all hubs
 * @param models model directories, or names of models in the data folder; every node loads all of them
 * @param device where the nodes compute; empty as the environment says
 */
record UpOptions(
  Path data,
  int port,
  int hubs,
  int nodes,
  List<Path> models,
  Optional<String> device
) {
  private static final int MOST = 16;

  UpOptions {
    between("--port", port, 1, 65_535);
    between("--hubs", hubs, 1, MOST);
    between("--nodes", nodes, 1, MOST);
    device.ifPresent(UpOptions::requireDevice);
    Path shelf = data.resolve("models");
    models = models
      .stream()
      .map(model -> placeOf(model, shelf))
      .toList();
    for (Path model : models) {
      requireModel(model);
    }
  }

  private static void between(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw new LauncherException(
        LauncherException.USAGE,
        "%s must be between %d and %d, not %d.".formatted(option, least, most, value)
      );
    }
  }

  /** Whether a GPU is there, the node knows. */
  private static void requireDevice(String device) {
    if (!device.matches("(?i)cpu|cuda|cuda:\\d{1,3}|auto")) {
      throw new LauncherException(
        LauncherException.USAGE,
        "--device must be cpu, cuda, cuda:N or auto, not %s.".formatted(device)
      );
    }
  }

  /** A bare name is a model of {@code deploy/atrium model}, unless there is a folder of that name here. */
  private static Path placeOf(Path model, Path shelf) {
    boolean named = model.getNameCount() == 1 && !model.isAbsolute() && Files.notExists(model);
    boolean there = named && Files.isDirectory(shelf.resolve(model));
    return (there ? shelf.resolve(model) : model).toAbsolutePath().normalize();
  }

  /** Only what is cheap to see; the node checks the rest when it loads. */
  private static void requireModel(Path model) {
    String missing = !Files.isDirectory(model)
      ? "is not there"
      : !Files.isReadable(model.resolve("config.json")) &&
        !Files.isReadable(model.resolve("script.json"))
        ? "has no config.json"
        : "";
    if (!missing.isEmpty()) {
      throw new LauncherException(
        LauncherException.UNAVAILABLE,
        "The model directory " + model + " " + missing + ". Name another with --model."
      );
    }
    if (model.toString().contains(":")) {
      throw new LauncherException(
        LauncherException.USAGE,
        "A model directory can't have a colon in its path: " + model
      );
    }
  }
}
