package dev.atrium.engine.safetensors;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Writes the smallest model directories that make sense, for tests that then spoil them. */
public final class TinyModel {

  public static final int WIDTH = 16;
  public static final int VOCAB = 300;

  private TinyModel() {}

  /** All tensors of a network of one layer, two heads of 8, a feed-forward part of 24. */
  public static Map<String, long[]> tensors() {
    Map<String, long[]> tensors = new LinkedHashMap<>();
    tensors.put("model.embed_tokens.weight", new long[] { VOCAB, WIDTH });
    tensors.put("model.norm.weight", new long[] { WIDTH });
    String layer = "model.layers.0.";
    tensors.put(layer + "input_layernorm.weight", new long[] { WIDTH });
    tensors.put(layer + "post_attention_layernorm.weight", new long[] { WIDTH });
    for (String name : List.of("q", "k", "v", "o")) {
      tensors.put(layer + "self_attn." + name + "_proj.weight", new long[] { WIDTH, WIDTH });
    }
    tensors.put(layer + "mlp.gate_proj.weight", new long[] { 24, WIDTH });
    tensors.put(layer + "mlp.up_proj.weight", new long[] { 24, WIDTH });
    tensors.put(layer + "mlp.down_proj.weight", new long[] { WIDTH, 24 });
    return tensors;
  }

  public static void writeConfig(Path dir) throws IOException {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("model_type", "llama");
    config.put("hidden_size", WIDTH);
    config.put("num_hidden_layers", 1);
    config.put("num_attention_heads", 2);
    config.put("num_key_value_heads", 2);
    config.put("intermediate_size", 24);
    config.put("vocab_size", VOCAB);
    config.put("max_position_embeddings", 64);
    config.put("rms_norm_eps", 1e-5);
    config.put("rope_theta", 10000.0);
    config.put("tie_word_embeddings", true);
    new ObjectMapper().writeValue(dir.resolve("config.json").toFile(), config);
  }

  /** Random values that all three types can hold without rounding, the same for each. */
  public static byte[] safetensors(Map<String, long[]> tensors, WeightType type)
    throws IOException {
    Map<String, Object> header = new LinkedHashMap<>();
    int at = 0;
    for (Map.Entry<String, long[]> entry : tensors.entrySet()) {
      int bytes = elements(entry.getValue()) * type.bytes();
      header.put(
        entry.getKey(),
        Map.of(
          "dtype",
          type.name(),
          "shape",
          entry.getValue(),
          "data_offsets",
          List.of(at, at + bytes)
        )
      );
      at += bytes;
    }
    ByteBuffer data = ByteBuffer.allocate(at).order(ByteOrder.LITTLE_ENDIAN);
    for (Map.Entry<String, long[]> entry : tensors.entrySet()) {
      Random random = new Random(entry.getKey().hashCode());
      for (int i = elements(entry.getValue()); i > 0; i--) {
        put(data, (random.nextInt(33) - 16) / 32f, type);
      }
    }
    return file(new ObjectMapper().writeValueAsString(header), data.array());
  }

  public static byte[] file(String header, byte[] data) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + json.length + data.length)
      .order(ByteOrder.LITTLE_ENDIAN)
      .putLong(json.length)
      .put(json)
      .put(data)
      .array();
  }

  /** Two shards with their index. */
  public static void writeShards(Path dir, WeightType type) throws IOException {
    Map<String, Map<String, long[]>> shards = Map.of(
      "a.safetensors",
      new LinkedHashMap<>(),
      "b.safetensors",
      new LinkedHashMap<>()
    );
    Map<String, String> index = new LinkedHashMap<>();
    tensors().forEach((name, shape) -> {
        String shard = name.contains("mlp") ? "b.safetensors" : "a.safetensors";
        shards.get(shard).put(name, shape);
        index.put(name, shard);
      });
    for (Map.Entry<String, Map<String, long[]>> shard : shards.entrySet()) {
      Files.write(dir.resolve(shard.getKey()), safetensors(shard.getValue(), type));
    }
    new ObjectMapper().writeValue(
      dir.resolve("model.safetensors.index.json").toFile(),
      Map.of("weight_map", index)
    );
  }

  private static void put(ByteBuffer data, float value, WeightType type) {
    switch (type) {
      case F32 -> data.putFloat(value);
      case F16 -> data.putShort(Float.floatToFloat16(value));
      case BF16 -> data.putShort((short) (Float.floatToIntBits(value) >>> 16));
      default -> throw new IllegalArgumentException(type.name());
    }
  }

  private static int elements(long[] shape) {
    int n = 1;
    for (long dim : shape) {
      n *= (int) dim;
    }
    return n;
  }
}
