package dev.atrium.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.atrium.engine.model.NetworkShape.Biases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What config.json says about a network, and what is refused by its name. */
class NetworkShapeTest {

  @TempDir
  private Path dir;

  @Test
  void aWordThatIsLeftOutHasTheDefaultOfItsFamily() throws IOException {
    NetworkShape llama = read("\"model_type\":\"llama\"");
    assertThat(llama.kvHeads()).isEqualTo(4);
    assertThat(llama.headDim()).isEqualTo(12);
    assertThat(llama.tied()).isFalse();
    assertThat(llama.eps()).isEqualTo(1e-6);
    assertThat(llama.rope()).isEqualTo(Rope.of(10_000));
    assertThat(llama.isPlain()).isTrue();
    NetworkShape qwen3 = read("\"model_type\":\"qwen3\",\"num_key_value_heads\":2");
    assertThat(qwen3.headDim()).isEqualTo(128);
    assertThat(qwen3.qkNorm()).isTrue();
    assertThat(qwen3.biases()).isEqualTo(Biases.NONE);
    NetworkShape smollm3 = read("\"model_type\":\"smollm3\",\"num_key_value_heads\":2");
    assertThat(smollm3.rope()).isEqualTo(Rope.of(2_000_000));
    assertThat(smollm3.tied()).isTrue();
    assertThat(smollm3.still()).containsExactly(false, false, false, true, false, false);
    assertThat(smollm3.window()).isZero();
  }

  @Test
  void mistralHasItsWindowUnlessItSaysNullOrTheContextIsShorter() throws IOException {
    String mistral = "\"model_type\":\"mistral\",\"num_key_value_heads\":2,";
    assertThat(read(mistral + "\"max_position_embeddings\":32768").window()).isEqualTo(4096);
    NetworkShape four = read(mistral + "\"sliding_window\":4");
    assertThat(four.window()).isEqualTo(4);
    assertThat(four.windowed()).isEqualTo(NetworkShape.everyLayer(6));
    assertThat(read(mistral + "\"sliding_window\":null").window()).isZero();
    assertThat(read(mistral + "\"sliding_window\":128").window()).isZero();
  }

  @Test
  void qwen2HasItsWindowWhereItIsUsedOnly() throws IOException {
    String qwen = "\"model_type\":\"qwen2\",\"num_key_value_heads\":2,\"sliding_window\":16,";
    assertThat(read(qwen + "\"max_window_layers\":2").window()).isZero();
    assertThat(
      read(qwen + "\"use_sliding_window\":true,\"max_window_layers\":4").windowed()
    ).containsExactly(false, false, false, false, true, true);
    // The default of 28 layers without a window is more than there are.
    assertThat(read(qwen + "\"use_sliding_window\":true").window()).isZero();
    assertThat(read(qwen + "\"attention_bias\":true").biases()).isEqualTo(
      new Biases(true, false, false)
    );
  }

  @Test
  void scaledPositionsReachAsFarAsTheyAreMeantTo() throws IOException {
    String llama = "\"model_type\":\"llama\",";
    NetworkShape yarn = read(llama + "\"rope_scaling\":{\"type\":\"yarn\",\"factor\":4}");
    assertThat(yarn.contextLength()).isEqualTo(512);
    assertThat(yarn.rope().amplitude()).isCloseTo(1.13863, within(1e-5));
    NetworkShape linear = read(llama + "\"rope_scaling\":{\"type\":\"linear\",\"factor\":4}");
    assertThat(linear.contextLength()).isEqualTo(128);
    assertThat(linear.rope().frequencies(4)).containsExactly(0.25, 0.0025);
  }

  /** Numbers of Llama 3.1 8B, as its own code gives them. */
  @Test
  void llama3KeepsTheFastPairsAndPressesTheSlowOnes() {
    Rope rope = new Rope(500_000, new Rope.Scaling.Llama3(8, 1, 4, 8192));
    double[] scaled = rope.frequencies(128);
    double[] plain = Rope.of(500_000).frequencies(128);
    assertThat(scaled[0]).isEqualTo(1);
    assertThat(scaled[28]).isEqualTo(plain[28]);
    assertThat(scaled[32]).isStrictlyBetween(plain[32] / 8, plain[32]);
    assertThat(scaled[63]).isEqualTo(plain[63] / 8);
  }

  @Test
  void whatWouldChangeTheNumbersIsRefusedByItsName() throws IOException {
    String llama = "\"model_type\":\"llama\",";
    String qwen2 = "\"model_type\":\"qwen2\",\"num_key_value_heads\":2,";
    refused(llama + "\"rope_scaling\":{\"type\":\"dynamic\",\"factor\":2}", "'dynamic'");
    refused(llama + "\"rope_scaling\":{\"rope_type\":\"longrope\"}", "'longrope'");
    refused(llama + "\"rope_scaling\":{\"factor\":2}", "rope_scaling");
    refused(llama + "\"rope_scaling\":{\"type\":\"yarn\",\"factor\":2,\"mscale\":0.7}", "mscale");
    refused(llama + "\"partial_rotary_factor\":0.5", "partial_rotary_factor 0.5");
    refused(llama + "\"hidden_act\":\"gelu\"", "'gelu'");
    refused(llama + "\"quantization_config\":{\"quant_method\":\"gptq\"}", "'gptq'");
    refused(llama + "\"architectures\":[\"LlamaForSequenceClassification\"]", "Classification");
    refused(llama + "\"auto_map\":{\"AutoModelForCausalLM\":\"x.Y\"}", "auto_map");
    refused(llama + "\"is_causal\":false", "is_causal");
    refused(llama + "\"layer_types\":[\"sliding_attention\"]", "layer_types");
    refused(qwen2 + "\"layer_types\":[\"chunked_attention\"]", "'chunked_attention'");
    refused(qwen2 + "\"mlp_bias\":true", "mlp_bias");
    refused(
      "\"model_type\":\"mistral\",\"num_key_value_heads\":2,\"attention_bias\":true",
      "attention_bias"
    );
    refused("\"model_type\":\"gemma2\"", "'gemma2'");
    refused("\"model_type\":\"qwen3_moe\"", "'qwen3_moe'");
  }

  @Test
  void whatMakesNoSenseIsCorrupt() throws IOException {
    String llama = "\"model_type\":\"llama\",";
    corrupt("\"model_type\":\"qwen2\"", "num_key_value_heads is missing");
    corrupt(llama + "\"num_attention_heads\":5", "head_dim");
    corrupt(llama + "\"rope_theta\":\"big\"", "rope_theta can't be \"big\"");
    corrupt(llama + "\"rope_scaling\":{\"type\":\"linear\"}", "factor is missing");
    corrupt(llama + "\"rope_scaling\":{\"type\":\"linear\",\"factor\":0}", "factor must be");
    corrupt(llama + "\"tie_word_embeddings\":\"yes\"", "tie_word_embeddings can't be");
    corrupt(
      "\"model_type\":\"smollm3\",\"num_key_value_heads\":2,\"no_rope_layers\":[1]",
      "no_rope_layers"
    );
    corrupt(
      "\"model_type\":\"mistral\",\"num_key_value_heads\":2,\"sliding_window\":-1",
      "sliding_window can't be -1"
    );
  }

  @Test
  void parametersCountBiasesAndNorms() {
    NetworkShape plain = NetworkShape.of(2, 8, 2, 1, 4, 16, 10, 32);
    assertThat(plain.parameters()).isEqualTo(2 * (8 * 16 + 8 * 8 + 3 * 8 * 16 + 16) + 8 + 80);
    assertThat(plain.withBiases(new Biases(true, true, true)).withQkNorm().parameters()).isEqualTo(
      plain.parameters() + 2 * (16 + 8 + 2 * 16 + 8 + 2 * 4)
    );
    assertThat(plain.withTied(false).parameters()).isEqualTo(plain.parameters() + 80);
    assertThat(plain.withWindow(4, List.of(true, false)).isPlain()).isFalse();
  }

  private NetworkShape read(String words) throws IOException {
    String rest = "\"hidden_size\":48,\"num_hidden_layers\":6,\"intermediate_size\":80";
    String sizes = ",\"vocab_size\":100";
    String heads = words.contains("attention_heads") ? "" : ",\"num_attention_heads\":4";
    String context = words.contains("max_position_emb") ? "" : ",\"max_position_embeddings\":128";
    Files.writeString(
      dir.resolve("config.json"),
      "{" + rest + sizes + heads + context + "," + words + "}"
    );
    return NetworkShape.read(dir);
  }

  private void refused(String words, String name) {
    fails("model_unsupported", words, name);
  }

  private void corrupt(String words, String problem) {
    fails("model_corrupt", words, problem);
  }

  private void fails(String code, String words, String problem) {
    Assertions.assertThatThrownBy(() -> read(words)).isInstanceOfSatisfying(
        ModelLoadException.class,
        e -> {
          assertThat(e.code()).isEqualTo(code);
          assertThat(e.getMessage()).contains(problem);
        }
      );
  }
}
