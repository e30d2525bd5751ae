package dev.atrium.inference;

import dev.atrium.engine.EngineConfig;
import dev.atrium.engine.LlmEngine;
import dev.atrium.engine.model.ModelLoadException;
import dev.atrium.engine.scripted.ScriptedModel;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A model that is to be loaded: what it will be called and how it comes about.
 *
 * @param engineId part of its addresses, unique in the node
 * @param name what users choose it by: {@code atrium_name} of its config.json, else the name of its
 *     directory, or of that one's parent where the directory is just called {@code model}
 * @param directory where it lies; empty if it is made otherwise
 * @param config its engine's bounds
 * @param loader loads it, on the thread that will step it
 */
record ModelSource(
  String engineId,
  String name,
  Optional<Path> directory,
  EngineConfig config,
  Supplier<LlmEngine> loader
) {
  /**
   * The models of some directories, each on every device, each with an engine id of its own.
   *
   * @param devices the bounds of an engine on each
   * @param taken engine ids that are in use; the new ones are added
   * @throws ModelLoadException if one of them is not a model directory at all
   */
  static List<ModelSource> ofDirectories(
    List<Path> directories,
    List<EngineConfig> devices,
    Set<String> taken
  ) {
    List<ModelSource> sources = new ArrayList<>();
    for (Path directory : directories) {
      String name = nameOf(directory);
      for (EngineConfig config : devices) {
        sources.add(
          new ModelSource(engineId(name, taken), name, Optional.of(directory), config, () ->
            load(directory, config)
          )
        );
      }
    }
    return sources;
  }

  /** A node may have several models: the sentence says which one it is about. */
  private static LlmEngine load(Path directory, EngineConfig config) {
    try {
      return LlmEngine.load(directory, config);
    } catch (ModelLoadException e) {
      throw new ModelLoadException(e.code(), e.args(), directory + ": " + e.getMessage());
    }
  }

  private static String nameOf(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw ModelLoadException.missing(directory.toString(), "there is no such directory");
    }
    Path config = directory.resolve("config.json");
    if (ScriptedModel.isAt(directory) && !Files.exists(config)) {
      return nameByPlace(directory);
    }
    try {
      Object name = new JsonObject(Files.readString(config)).getValue("atrium_name");
      return name instanceof String text && text.matches("[^\\s,]{1,100}")
        ? text
        : nameByPlace(directory);
    } catch (DecodeException e) {
      throw ModelLoadException.corrupt(config.toString(), "is not a JSON object");
    } catch (IOException e) {
      throw ModelLoadException.missing(config.toString(), "can't be read");
    }
  }

  /** A directory called {@code model} says nothing, so its parent speaks: starter-model/model. */
  private static String nameByPlace(Path directory) {
    Path parent = directory.toAbsolutePath().normalize().getParent();
    boolean nameless =
      directory.endsWith("model") && parent != null && parent.getFileName() != null;
    Path speaking = nameless ? parent : directory;
    String name = speaking.getFileName().toString().replaceAll("[\\s,]", "-");
    return nameless ? name.replaceFirst("(?<=.)-model$", "") : name;
  }

  private static String engineId(String name, Set<String> taken) {
    String plain = name.replaceAll("[^A-Za-z0-9_-]", "-");
    String id = plain.substring(0, Math.min(plain.length(), 48));
    String unique = id;
    for (int n = 2; !taken.add(unique); n++) {
      unique = id + "-" + n;
    }
    return unique;
  }
}
