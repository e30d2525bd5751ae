package dev.atrium.inference;

import dev.atrium.engine.EngineConfig;
import dev.atrium.engine.model.Device;
import dev.atrium.engine.model.DeviceChoice;
import dev.atrium.engine.model.Precision;
import dev.atrium.inference.api.cluster.ClusterConfig;
import dev.atrium.inference.shelf.ModelsFile;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Everything that a node is told at its start. Nothing in it is secret: keys are named by their
 * files, so it may be printed.
 *
 * @param nodeId part of its addresses; unique in the cluster
 * @param models the model directories to begin with
 * @param modelsFile where they are from and change, if it is a file
 * @param devices where they are computed, each on every one of these
 * @param precision how their matrices are held; if nobody says, what is usual on the device
 * @param engine other bounds of each engine
 * @param cluster how it joins
 */
record NodeConfig(
  String nodeId,
  List<Path> models,
  Optional<ModelsFile> modelsFile,
  DeviceChoice devices,
  Optional<Precision> precision,
  EngineConfig engine,
  ClusterConfig cluster
) {
  private static final Set<String> KEYS = Set.of(
    "ATRIUM_DATA_DIR",
    "ATRIUM_NODE_ID",
    "ATRIUM_MODELS",
    "ATRIUM_MODELS_FILE",
    "ATRIUM_DEVICE",
    "ATRIUM_PRECISION",
    "ATRIUM_THREADS",
    "ATRIUM_CACHE_TOKENS",
    "ATRIUM_MAX_BATCH"
  );

  NodeConfig {
    models = List.copyOf(models);
  }

  /**
   * Reads the environment; unknown {@code ATRIUM_*} keys are refused, because they are mistakes.
   *
   * @throws ConfigException with one sentence that names the key
   */
  static NodeConfig fromEnvironment(Map<String, String> env) {
    refuseUnknown(env);
    try {
      return new NodeConfig(
        nodeId(env),
        models(env),
        read(env, "ATRIUM_MODELS_FILE", NodeConfig::modelsFile),
        read(env, "ATRIUM_DEVICE", DeviceChoice::new).orElse(DeviceChoice.CPU),
        read(env, "ATRIUM_PRECISION", Precision::of),
        engine(env),
        ClusterConfig.fromEnvironment(env)
      );
    } catch (IllegalArgumentException e) {
      throw new ConfigException(e.getMessage());
    }
  }

  /** The bounds of an engine on a device. */
  EngineConfig engineOn(Device device) {
    return engine
      .withDevice(device)
      .withPrecision(precision.orElseGet(() -> Precision.usual(device)));
  }

  private static void refuseUnknown(Map<String, String> env) {
    Set<String> unknown = new TreeSet<>();
    for (String key : env.keySet()) {
      boolean known = KEYS.contains(key) || ClusterConfig.KEYS.contains(key);
      if (key.startsWith("ATRIUM_") && !known) {
        unknown.add(key);
      }
    }
    if (!unknown.isEmpty()) {
      throw new ConfigException(
        "an inference node does not know " + String.join(", ", unknown) + " in its environment"
      );
    }
  }

  private static String nodeId(Map<String, String> env) {
    String id = value(env, "ATRIUM_NODE_ID").orElseGet(() ->
      "node-%04x".formatted(new Random().nextInt(0x10000))
    );
    if (!id.matches("[A-Za-z0-9_-]{1,64}")) {
      throw new ConfigException("ATRIUM_NODE_ID must be 1 to 64 of A-Z a-z 0-9 _ -");
    }
    return id;
  }

  private static ModelsFile modelsFile(String path) {
    ModelsFile file = new ModelsFile(Path.of(path));
    if (!file.exists()) {
      throw new IllegalArgumentException("there is no file " + path);
    }
    return file;
  }

  private static List<Path> models(Map<String, String> env) {
    Optional<List<Path>> listed = read(env, "ATRIUM_MODELS_FILE", NodeConfig::listed);
    if (listed.isPresent()) {
      if (value(env, "ATRIUM_MODELS").isPresent()) {
        throw new ConfigException("ATRIUM_MODELS and ATRIUM_MODELS_FILE can't both be set");
      }
      return listed.get();
    }
    List<Path> paths = new ArrayList<>();
    for (String path : value(env, "ATRIUM_MODELS").orElse("").split(File.pathSeparator, -1)) {
      if (!path.isBlank()) {
        paths.add(Path.of(path.strip()).toAbsolutePath().normalize());
      }
    }
    if (paths.isEmpty()) {
      throw new ConfigException(
        "ATRIUM_MODELS must name at least one model directory, several divided by '" +
        File.pathSeparator +
        "', or ATRIUM_MODELS_FILE a file of them"
      );
    }
    return paths;
  }

  private static List<Path> listed(String path) {
    try {
      return modelsFile(path).read();
    } catch (IOException e) {
      throw new IllegalArgumentException(path + " can't be read", e);
    }
  }

  private static EngineConfig engine(Map<String, String> env) {
    EngineConfig engine = EngineConfig.defaults();
    engine = number(env, "ATRIUM_THREADS", 1, 1_024, engine, EngineConfig::withThreads);
    engine = number(env, "ATRIUM_CACHE_TOKENS", 16, 1 << 30, engine, EngineConfig::withCacheTokens);
    return number(env, "ATRIUM_MAX_BATCH", 1, 4_096, engine, EngineConfig::withMaxBatch);
  }

  private static EngineConfig number(
    Map<String, String> env,
    String key,
    int min,
    int max,
    EngineConfig engine,
    Setting<Integer> setting
  ) {
    Function<String, Integer> parse = text -> {
      if (
        !text.matches("\\d{1,9}") || Integer.parseInt(text) < min || Integer.parseInt(text) > max
      ) {
        throw new IllegalArgumentException("must be a number between " + min + " and " + max);
      }
      return Integer.parseInt(text);
    };
    return with(env, key, engine, parse, setting);
  }

  private static <T> EngineConfig with(
    Map<String, String> env,
    String key,
    EngineConfig engine,
    Function<String, T> parse,
    Setting<T> setting
  ) {
    return read(env, key, parse)
      .map(value -> setting.apply(engine, value))
      .orElse(engine);
  }

  private static <T> Optional<T> read(
    Map<String, String> env,
    String key,
    Function<String, T> parse
  ) {
    try {
      return value(env, key).map(parse);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(key + ": " + e.getMessage());
    }
  }

  private static Optional<String> value(Map<String, String> env, String key) {
    return Optional.ofNullable(env.get(key))
      .map(String::strip)
      .filter(text -> !text.isEmpty());
  }

  /** One of EngineConfig's {@code with…} methods. */
  private interface Setting<T> {
    EngineConfig apply(EngineConfig engine, T value);
  }
}
