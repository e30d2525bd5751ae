package dev.atrium.engine.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * Sizes of a decoder of the Llama family, as its {@code config.json} gives them.
 *
 * @param layers number of blocks
 * @param width width of the residual stream
 * @param heads query heads
 * @param kvHeads key/value heads; each serves {@code heads / kvHeads} query heads
 * @param headDim width of one head, even
 * @param ffn width of the feed-forward part
 * @param contextLength most positions
 * @param eps what the norms add under the root
 * @param theta base of the rotary angles
 * @param tied whether the output head is the embedding
 * @param qkvBias whether query, key and value have a bias (Qwen2)
 * @param qkNorm whether queries and keys are normed (Qwen3)
 */
public record NetworkShape(
  int layers,
  int width,
  int heads,
  int kvHeads,
  int headDim,
  int ffn,
  int vocab,
  int contextLength,
  double eps,
  double theta,
  boolean tied,
  boolean qkvBias,
  boolean qkNorm
) {
  public static final String FILE = "config.json";

  private static final Set<String> FAMILIES = Set.of("llama", "mistral", "qwen2", "qwen3");

  public NetworkShape {
    if (layers < 1 || width < 1 || heads < 1 || kvHeads < 1 || ffn < 1 || vocab < 1) {
      throw new IllegalArgumentException("all sizes must be 1 or more");
    }
    if (heads % kvHeads != 0) {
      throw new IllegalArgumentException(
        heads + " heads can't share " + kvHeads + " key/value heads"
      );
    }
    if (headDim < 2 || headDim % 2 != 0) {
      throw new IllegalArgumentException("the width of a head must be even, not " + headDim);
    }
    if (contextLength < 1) {
      throw new IllegalArgumentException("the context must hold 1 token or more");
    }
  }

  /** The shape of SmolLM2-135M: 30 layers, 576 wide, 9 heads over 3, vocabulary 49,152. */
  public static NetworkShape smollm2With135M() {
    return new NetworkShape(
      30,
      576,
      9,
      3,
      64,
      1536,
      49152,
      8192,
      1e-5,
      100_000,
      true,
      false,
      false
    );
  }

  /** Query, key and value rows together. */
  public int qkvRows() {
    return (heads + 2 * kvHeads) * headDim;
  }

  public long parameters() {
    long attention = (long) width * qkvRows() + (long) width * heads * headDim;
    long extras = (qkvBias ? qkvRows() : 0) + (qkNorm ? 2L * headDim : 0);
    long layer = attention + 3L * width * ffn + 2L * width + extras;
    return layers * layer + width + (long) vocab * width * (tied ? 1 : 2);
  }

  /**
   * Reads {@code config.json} of a model directory.
   *
   * @throws ModelLoadException if it is missing, not JSON, lacks a size, or describes a network of
   *     another family
   */
  public static NetworkShape read(Path dir) {
    Path file = dir.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      throw ModelLoadException.missing(
        FILE,
        Files.isDirectory(dir) ? "there is no such file in " + dir : dir + " is not a directory"
      );
    }
    try {
      JsonNode json = new ObjectMapper().readTree(Files.readString(file));
      if (json == null || !json.isObject()) {
        throw ModelLoadException.corrupt(FILE, "not a JSON object");
      }
      refuseWhatIsNotKnown(json);
      return from(json);
    } catch (JsonProcessingException e) {
      throw ModelLoadException.corrupt(FILE, "not JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw ModelLoadException.corrupt(FILE, "can't be read: " + e.getMessage());
    }
  }

  private static void refuseWhatIsNotKnown(JsonNode json) {
    String family = json.path("model_type").asText("");
    if (!FAMILIES.contains(family)) {
      throw ModelLoadException.unsupported(
        FILE,
        "model_type '" + family + "' (there are llama, mistral, qwen2 and qwen3)"
      );
    }
    String activation = json.path("hidden_act").asText("silu");
    if (!activation.equals("silu")) {
      throw ModelLoadException.unsupported(FILE, "hidden_act '" + activation + "'");
    }
    String rope = json
      .path("rope_scaling")
      .path("rope_type")
      .asText(json.path("rope_scaling").path("type").asText("default"));
    if (!rope.equals("default")) {
      throw ModelLoadException.unsupported(FILE, "rope_scaling '" + rope + "'");
    }
    boolean window = json.path("use_sliding_window").asBoolean(family.equals("mistral"));
    int size = json.path("sliding_window").asInt(0);
    if (window && size > 0 && size < json.path("max_position_embeddings").asInt(0)) {
      throw ModelLoadException.unsupported(FILE, "sliding_window " + size);
    }
    if (json.path("attention_bias").asBoolean(false) || json.path("mlp_bias").asBoolean(false)) {
      throw ModelLoadException.unsupported(FILE, "biases in the attention output or the mlp");
    }
  }

  private static NetworkShape from(JsonNode json) {
    String family = json.path("model_type").asText();
    int width = size(json, "hidden_size");
    int heads = size(json, "num_attention_heads");
    boolean hasKv = json.path("num_key_value_heads").isInt();
    boolean hasDim = json.path("head_dim").isInt();
    try {
      return new NetworkShape(
        size(json, "num_hidden_layers"),
        width,
        heads,
        hasKv ? size(json, "num_key_value_heads") : heads,
        hasDim ? size(json, "head_dim") : width / heads,
        size(json, "intermediate_size"),
        size(json, "vocab_size"),
        size(json, "max_position_embeddings"),
        json.path("rms_norm_eps").asDouble(1e-6),
        json.path("rope_theta").asDouble(10_000),
        json.path("tie_word_embeddings").asBoolean(false),
        family.equals("qwen2"),
        family.equals("qwen3")
      );
    } catch (IllegalArgumentException e) {
      throw ModelLoadException.corrupt(FILE, e.getMessage());
    }
  }

  private static int size(JsonNode json, String name) {
    JsonNode value = json.path(name);
    if (!value.isInt() || value.asInt() < 1) {
      throw ModelLoadException.corrupt(
        FILE,
        value.isMissingNode() ? name + " is missing" : name + " can't be " + value
      );
    }
    return value.asInt();
  }
}
