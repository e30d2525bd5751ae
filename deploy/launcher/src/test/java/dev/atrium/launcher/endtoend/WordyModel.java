package dev.atrium.launcher.endtoend;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * A model of random weights with the starter's tokenizer: it says nothing of sense at great length, for
 * tests that need an answer which is still being written. The starter has ended before one can stop it.
 * It knows no token that ends an answer: drawn by chance, one did in every fifth.
 */
final class WordyModel {

  private static final int WIDTH = 256;
  private static final int HEADS = 8;
  private static final int INNER = 768;
  private static final int LAYERS = 8;
  private static final int CONTEXT = 1024;
  private static final int TOKENS = 800;

  private WordyModel() {}

  /** Writes it to {@code parent/wordy}; its name is "wordy". */
  static Path write(Path parent) throws IOException {
    Path folder = Files.createDirectories(parent.resolve("wordy"));
    Path starter = Atrium.starterModel();
    Files.copy(starter.resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
    JsonObject tokenizer = new JsonObject(
      Files.readString(starter.resolve("tokenizer_config.json"))
    );
    tokenizer.remove("eos_token");
    Files.writeString(folder.resolve("tokenizer_config.json"), tokenizer.encode());
    JsonObject config = new JsonObject(Files.readString(starter.resolve("config.json")))
      .put("hidden_size", WIDTH)
      .put("intermediate_size", INNER)
      .put("num_hidden_layers", LAYERS)
      .put("num_attention_heads", HEADS)
      .put("num_key_value_heads", HEADS)
      .put("head_dim", WIDTH / HEADS)
      .put("max_position_embeddings", CONTEXT);
    config.remove("atrium_name");
    config.remove("eos_token_id");
    Files.writeString(folder.resolve("config.json"), config.encode());
    JsonObject generation = new JsonObject(
      Files.readString(starter.resolve("generation_config.json"))
    );
    generation.remove("eos_token_id");
    Files.writeString(
      folder.resolve("generation_config.json"),
      generation.put("temperature", 1.0).put("top_p", 1.0).put("max_new_tokens", TOKENS).encode()
    );
    Files.write(
      folder.resolve("model.safetensors"),
      safetensors(shapes(config.getInteger("vocab_size")))
    );
    return folder;
  }

  private static Map<String, int[]> shapes(int vocabulary) {
    Map<String, int[]> shapes = new LinkedHashMap<>();
    shapes.put("model.embed_tokens.weight", new int[] { vocabulary, WIDTH });
    shapes.put("model.norm.weight", new int[] { WIDTH });
    for (int i = 0; i < LAYERS; i++) {
      String layer = "model.layers." + i + ".";
      shapes.put(layer + "input_layernorm.weight", new int[] { WIDTH });
      shapes.put(layer + "post_attention_layernorm.weight", new int[] { WIDTH });
      for (String part : new String[] { "q", "k", "v", "o" }) {
        shapes.put(layer + "self_attn." + part + "_proj.weight", new int[] { WIDTH, WIDTH });
      }
      shapes.put(layer + "mlp.gate_proj.weight", new int[] { INNER, WIDTH });
      shapes.put(layer + "mlp.up_proj.weight", new int[] { INNER, WIDTH });
      shapes.put(layer + "mlp.down_proj.weight", new int[] { WIDTH, INNER });
    }
    return shapes;
  }

  /** The format: length of the header, a JSON header with offsets, the numbers. */
  private static byte[] safetensors(Map<String, int[]> shapes) {
    JsonObject header = new JsonObject();
    int end = 0;
    for (Map.Entry<String, int[]> tensor : shapes.entrySet()) {
      JsonArray shape = new JsonArray();
      int count = 1;
      for (int size : tensor.getValue()) {
        shape.add(size);
        count *= size;
      }
      JsonArray offsets = new JsonArray().add(end).add(end + 2 * count);
      end += 2 * count;
      header.put(
        tensor.getKey(),
        new JsonObject().put("dtype", "F16").put("shape", shape).put("data_offsets", offsets)
      );
    }
    byte[] head = header.encode().getBytes(StandardCharsets.UTF_8);
    ByteBuffer file = ByteBuffer.allocate(8 + head.length + end).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(head.length).put(head);
    Random random = new Random(7);
    for (int[] shape : shapes.values()) {
      boolean norm = shape.length == 1;
      int count = norm ? shape[0] : shape[0] * shape[1];
      for (int i = 0; i < count; i++) {
        file.putShort(Float.floatToFloat16(norm ? 1f : (float) (random.nextGaussian() * 0.05)));
      }
    }
    return file.array();
  }
}
