package dev.atrium.starter;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.safetensors.SafetensorsWriter;
import dev.atrium.engine.training.NamedWeight;
import dev.atrium.engine.training.Trainer;
import dev.atrium.starter.tokenizer.Bpe;
import dev.atrium.starter.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes a trained network as a model directory in Hugging Face layout, weights in f16. */
final class ModelDirectory {

  private static final ObjectMapper JSON = new ObjectMapper().enable(
    SerializationFeature.INDENT_OUTPUT
  );

  private ModelDirectory() {}

  static void write(Path directory, Trainer trainer, Bpe bpe) throws IOException {
    Files.createDirectories(directory);
    TokenizerFiles.write(bpe, directory);
    writeConfig(directory, trainer.shape(), bpe);
    SafetensorsWriter.write(
      directory.resolve("model.safetensors"),
      trainer.weights().stream().map(NamedWeight::asF16).toList()
    );
  }

  private static void writeConfig(Path directory, NetworkShape shape, Bpe bpe) throws IOException {
    int end = bpe.special(TokenizerFiles.END);
    int padding = bpe.special(TokenizerFiles.END_OF_TEXT);
    var config = JSON.createObjectNode();
    config.putArray("architectures").add("LlamaForCausalLM");
    config
      .put("model_type", "llama")
      .put("hidden_size", shape.width())
      .put("intermediate_size", shape.ffn())
      .put("num_hidden_layers", shape.layers())
      .put("num_attention_heads", shape.heads())
      .put("num_key_value_heads", shape.kvHeads())
      .put("head_dim", shape.headDim())
      .put("vocab_size", shape.vocab())
      .put("max_position_embeddings", shape.contextLength())
      .put("rms_norm_eps", shape.eps())
      .put("rope_theta", shape.rope().theta())
      .put("hidden_act", "silu")
      .put("attention_bias", false)
      .put("mlp_bias", false)
      .put("tie_word_embeddings", shape.tied())
      .put("torch_dtype", "float16")
      .put("eos_token_id", end)
      .put("pad_token_id", padding)
      .putNull("bos_token_id");
    JSON.writeValue(directory.resolve("config.json").toFile(), config);
    var generation = JSON.createObjectNode()
      .put("do_sample", true)
      .put("temperature", 0.3)
      .put("top_p", 0.9)
      .put("max_new_tokens", 160)
      .put("pad_token_id", padding);
    generation.putArray("eos_token_id").add(end).add(padding);
    JSON.writeValue(directory.resolve("generation_config.json").toFile(), generation);
  }
}
