package dev.atrium.engine.safetensors;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.atrium.engine.model.ModelLoadException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The weights of a Hugging Face directory: {@code model.safetensors}, or the shards named by {@code
 * model.safetensors.index.json}. Files are mapped, not read, and unmapped by {@link #close}.
 */
public final class SafetensorsDirectory implements WeightSource {

  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";

  private final Arena arena = Arena.ofShared();
  private final Map<String, SafetensorsFile> shardOf = new HashMap<>();
  private final Set<String> used = new HashSet<>();
  private SafetensorsFile single;

  private SafetensorsDirectory() {}

  /**
   * Maps and checks all files.
   *
   * @throws ModelLoadException naming the file that is missing or wrong, and what is wrong with it
   */
  public static SafetensorsDirectory open(Path dir) {
    SafetensorsDirectory result = new SafetensorsDirectory();
    try {
      if (Files.isRegularFile(dir.resolve(INDEX))) {
        result.openShards(dir);
      } else if (Files.isRegularFile(dir.resolve(SINGLE))) {
        result.single = SafetensorsFile.open(dir.resolve(SINGLE), result.arena);
      } else {
        throw ModelLoadException.missing(SINGLE, "there is no such file in " + dir);
      }
      return result;
    } catch (RuntimeException e) {
      result.close();
      throw e;
    }
  }

  private void openShards(Path dir) {
    Map<String, SafetensorsFile> opened = new HashMap<>();
    for (Map.Entry<String, JsonNode> entry : weightMap(dir).properties()) {
      String shard = entry.getValue().asText();
      if (!Path.of(shard).getFileName().toString().equals(shard)) {
        throw ModelLoadException.corrupt(INDEX, "'" + shard + "' is not a file name");
      }
      if (!opened.containsKey(shard)) {
        if (!Files.isRegularFile(dir.resolve(shard))) {
          throw ModelLoadException.missing(shard, INDEX + " names it, but it is not there");
        }
        opened.put(shard, SafetensorsFile.open(dir.resolve(shard), arena));
      }
      shardOf.put(entry.getKey(), opened.get(shard));
    }
  }

  private static JsonNode weightMap(Path dir) {
    try {
      JsonNode map = new ObjectMapper().readTree(Files.readString(dir.resolve(INDEX)));
      if (map == null || !map.path("weight_map").isObject()) {
        throw ModelLoadException.corrupt(INDEX, "weight_map is missing");
      }
      return map.path("weight_map");
    } catch (JsonProcessingException e) {
      throw ModelLoadException.corrupt(INDEX, "not JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw ModelLoadException.corrupt(INDEX, "can't be read: " + e.getMessage());
    }
  }

  @Override
  public Weight weight(String name, long... shape) {
    String file = single != null ? SINGLE : INDEX;
    Optional<Weight> found = single != null
      ? single.find(name)
      : Optional.ofNullable(shardOf.get(name)).flatMap(shard -> shard.find(name));
    Weight weight = found.orElseThrow(() ->
      ModelLoadException.corrupt(file, "the tensor " + name + " is missing")
    );
    if (!Arrays.equals(weight.shape(), shape)) {
      throw ModelLoadException.corrupt(
        file,
        "%s has the shape %s instead of %s".formatted(
          name,
          Arrays.toString(weight.shape()),
          Arrays.toString(shape)
        )
      );
    }
    used.add(name);
    return weight;
  }

  @Override
  public Set<String> unused() {
    Set<String> unused = new TreeSet<>(single != null ? single.names() : shardOf.keySet());
    unused.removeAll(used);
    return unused;
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
