package dev.atrium.engine.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.atrium.engine.model.NetworkShape.Biases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A {@code config.json} as Hugging Face's transformers write them, and what it says about the network.
 * What is left out has the default of its family there. Whatever would change the numbers and is not
 * built is refused by its name.
 */
final class ModelConfig {

  static final String FILE = "config.json";

  /** The families, each with the angles' base that is meant where none is named. */
  private static final Map<String, Double> FAMILIES = Map.of(
    "llama",
    1e4,
    "mistral",
    1e4,
    "qwen2",
    1e4,
    "qwen3",
    1e4,
    "smollm3",
    2e6
  );

  private static final int DEFAULT_WINDOW = 4096;
  private static final int QWEN3_HEAD = 128;
  private static final int QWEN_FULL_LAYERS = 28;
  private static final int SMOLLM3_INTERVAL = 4;

  private final JsonNode json;
  private final String family;

  private ModelConfig(JsonNode json) {
    this.json = json;
    this.family = json.path("model_type").asText("");
  }

  /** @throws ModelLoadException if it is missing, not JSON, or of another family */
  static ModelConfig read(Path dir) {
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
      ModelConfig config = new ModelConfig(json);
      config.refuseWhatIsNotKnown();
      return config;
    } catch (JsonProcessingException e) {
      throw ModelLoadException.corrupt(FILE, "not JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw ModelLoadException.corrupt(FILE, "can't be read: " + e.getMessage());
    }
  }

  private void refuseWhatIsNotKnown() {
    if (!FAMILIES.containsKey(family)) {
      throw unsupported(
        "model_type '" + family + "' (there are llama, mistral, qwen2, qwen3 and smollm3)"
      );
    }
    String activation = json.path("hidden_act").asText("silu");
    if (!activation.equals("silu")) {
      throw unsupported("hidden_act '" + activation + "'");
    }
    for (JsonNode architecture : json.path("architectures")) {
      if (!architecture.asText().endsWith("ForCausalLM")) {
        throw unsupported("architectures '" + architecture.asText() + "', which writes no text");
      }
    }
    if (json.hasNonNull("quantization_config")) {
      String method = json.path("quantization_config").path("quant_method").asText("unknown");
      throw unsupported("quantization_config '" + method + "' (weights must be F32, F16 or BF16)");
    }
    if (json.path("auto_map").has("AutoModelForCausalLM")) {
      throw unsupported("auto_map: the network has a program of its own");
    }
    if (!json.path("is_causal").asBoolean(true)) {
      throw unsupported("is_causal false");
    }
    if (json.path("use_bidirectional_attention").asBoolean(false)) {
      throw unsupported("use_bidirectional_attention");
    }
  }

  NetworkShape shape() {
    int width = size("hidden_size");
    int heads = size("num_attention_heads");
    int layers = size("num_hidden_layers");
    try {
      Rope rope = RopeConfig.read(json, FAMILIES.get(family));
      List<Boolean> still = still(layers);
      List<Boolean> windowed = windowed(layers, still);
      int context = rope.contextLength(size("max_position_embeddings"));
      boolean windows = windowed.contains(true) && windowSize() < context;
      return new NetworkShape(
        layers,
        width,
        heads,
        keyHeads(heads),
        headDim(width, heads),
        size("intermediate_size"),
        size("vocab_size"),
        context,
        number(json, "rms_norm_eps", 1e-6),
        rope,
        flag("tie_word_embeddings", family.equals("smollm3")),
        biases(),
        family.equals("qwen3"),
        windows ? windowSize() : 0,
        windows ? windowed : List.of(),
        still.contains(true) ? still : List.of()
      );
    } catch (IllegalArgumentException e) {
      throw ModelLoadException.corrupt(FILE, e.getMessage());
    }
  }

  private int keyHeads(int heads) {
    if (family.equals("llama") || json.path("num_key_value_heads").isNull()) {
      return json.hasNonNull("num_key_value_heads") ? size("num_key_value_heads") : heads;
    }
    return size("num_key_value_heads");
  }

  private int headDim(int width, int heads) {
    if (json.hasNonNull("head_dim")) {
      return size("head_dim");
    }
    if (family.equals("qwen3") && !json.has("head_dim")) {
      return QWEN3_HEAD;
    }
    if (width % heads != 0) {
      throw ModelLoadException.corrupt(
        FILE,
        "%d heads can't share a width of %d without head_dim".formatted(heads, width)
      );
    }
    return width / heads;
  }

  /** Qwen2 always has three and has no word for them, Mistral none; the others say which. */
  private Biases biases() {
    boolean attention = flag("attention_bias", false);
    boolean mlp = flag("mlp_bias", false);
    if (family.equals("qwen2") && !mlp) {
      return new Biases(true, false, false);
    }
    if (mlp && !family.equals("llama") && !family.equals("smollm3")) {
      throw unsupported("mlp_bias in the family " + family);
    }
    if (attention && family.equals("mistral")) {
      throw unsupported("attention_bias in the family " + family);
    }
    return new Biases(attention, attention, mlp);
  }

  private List<Boolean> still(int layers) {
    List<Boolean> still = new ArrayList<>();
    JsonNode told = json.path("no_rope_layers");
    for (int i = 0; family.equals("smollm3") && i < layers; i++) {
      if (told.isArray() && !told.path(i).isInt()) {
        throw ModelLoadException.corrupt(FILE, "no_rope_layers says nothing of layer " + i);
      }
      int interval = json.path("no_rope_layer_interval").asInt(SMOLLM3_INTERVAL);
      boolean turns = told.isArray()
        ? told.get(i).asInt() != 0
        : (i + 1) % Math.max(1, interval) != 0;
      still.add(!turns);
    }
    return still;
  }

  /**
   * Where the layers have a window: as the family does it, and where that leaves it open, as {@code
   * layer_types} says.
   */
  private List<Boolean> windowed(int layers, List<Boolean> still) {
    boolean asked = family.equals("mistral") || flag("use_sliding_window", false);
    boolean has = asked && !family.equals("llama") && windowSize() > 0;
    boolean open = has && !family.equals("mistral");
    JsonNode types = json.path("layer_types");
    List<Boolean> windowed = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      boolean usual =
        has &&
        switch (family) {
          case "mistral" -> true;
          case "smollm3" -> still.get(i);
          default -> i >= json.path("max_window_layers").asInt(QWEN_FULL_LAYERS);
        };
      boolean told = types.isArray() ? hasWindow(types.path(i).asText("nothing"), i) : usual;
      if (told != usual && !open) {
        throw unsupported("layer_types '" + types.path(i).asText() + "' in this " + family);
      }
      windowed.add(told);
    }
    return windowed;
  }

  private static boolean hasWindow(String type, int layer) {
    return switch (type) {
      case "full_attention" -> false;
      case "sliding_attention" -> true;
      default -> throw unsupported("layer_types '" + type + "' of layer " + layer);
    };
  }

  /** 0 is none. */
  private int windowSize() {
    JsonNode size = json.path("sliding_window");
    if (size.isMissingNode()) {
      return family.equals("smollm3") ? 0 : DEFAULT_WINDOW;
    }
    return size.isNull() ? 0 : size("sliding_window");
  }

  private boolean flag(String name, boolean otherwise) {
    JsonNode value = json.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return otherwise;
    }
    if (!value.isBoolean()) {
      throw ModelLoadException.corrupt(FILE, name + " can't be " + value);
    }
    return value.asBoolean();
  }

  private int size(String name) {
    return size(json, name);
  }

  /** A whole number from 1 on. */
  static int size(JsonNode holder, String name) {
    JsonNode value = holder.path(name);
    if (!value.isInt() || value.asInt() < 1) {
      throw ModelLoadException.corrupt(
        FILE,
        value.isMissingNode() ? name + " is missing" : name + " can't be " + value
      );
    }
    return value.asInt();
  }

  static double number(JsonNode holder, String name, double otherwise) {
    return holder.hasNonNull(name) ? number(holder, name) : otherwise;
  }

  static double number(JsonNode holder, String name) {
    JsonNode value = holder.path(name);
    if (!value.isNumber()) {
      throw ModelLoadException.corrupt(
        FILE,
        value.isMissingNode() ? name + " is missing" : name + " can't be " + value
      );
    }
    return value.asDouble();
  }

  static ModelLoadException unsupported(String what) {
    return ModelLoadException.unsupported(FILE, what);
  }
}
