package dev.atrium.engine.djl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.model.Precision;
import dev.atrium.engine.model.Span;
import dev.atrium.engine.safetensors.RandomWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every family, from its {@code config.json} to its logits, against the network in 64-bit Java. Prompts
 * are longer than the windows and reach past the positions that scaled ones were first trained on.
 */
class FamiliesTest {

  private static final int[] IDS = new Random(5).ints(90, 0, 100).toArray();

  /** How far logits may be from those of 64 bits, as a share of their size. */
  private static final Map<Precision, Double> STATED = Map.of(
    Precision.F32,
    1e-4,
    Precision.FP16,
    5e-3,
    Precision.INT8,
    0.15
  );

  @TempDir
  private Path dir;

  @ParameterizedTest(name = "{0}")
  @CsvSource(
    delimiter = '|',
    quoteCharacter = '`',
    textBlock = """
    Llama 2             | "model_type":"llama","rope_theta":10000.0,"tie_word_embeddings":false
    Llama 3.1           | "model_type":"llama","num_key_value_heads":2,"rope_theta":500000.0,"rope_scaling":{"factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":32,"rope_type":"llama3"}
    Llama, linear       | "model_type":"llama","rope_scaling":{"factor":2.5,"type":"linear"}
    Llama, all biases   | "model_type":"llama","attention_bias":true,"mlp_bias":true,"tie_word_embeddings":true
    Mistral             | "model_type":"mistral","num_key_value_heads":2,"head_dim":20,"sliding_window":24,"rope_theta":10000.0
    Mistral, no window  | "model_type":"mistral","num_key_value_heads":2,"sliding_window":null,"rope_theta":1000000.0
    Qwen2               | "model_type":"qwen2","num_key_value_heads":1,"use_sliding_window":false,"sliding_window":24,"rope_theta":1000000.0,"tie_word_embeddings":true
    Qwen2, windows      | "model_type":"qwen2","num_key_value_heads":2,"use_sliding_window":true,"sliding_window":24,"max_window_layers":1
    Qwen2.5, yarn       | "model_type":"qwen2","num_key_value_heads":2,"max_position_embeddings":32,"rope_scaling":{"factor":4.0,"original_max_position_embeddings":32,"type":"yarn"}
    Qwen3               | "model_type":"qwen3","num_key_value_heads":2,"head_dim":24,"rope_theta":1000000,"tie_word_embeddings":true
    Qwen3, transformers 5 | "model_type":"qwen3","num_key_value_heads":2,"head_dim":24,"attention_bias":true,"layer_types":["full_attention","sliding_attention","full_attention"],"use_sliding_window":true,"sliding_window":17,"rope_parameters":{"rope_type":"yarn","rope_theta":1000000,"factor":2.0,"original_max_position_embeddings":64,"beta_fast":16,"attention_factor":1.2,"truncate":false}
    SmolLM2             | "model_type":"llama","num_key_value_heads":2,"rope_theta":100000,"tie_word_embeddings":true
    SmolLM3             | "model_type":"smollm3","num_key_value_heads":2,"no_rope_layers":[1,0,1]
    """
  )
  void agreesWithTheReference(String name, String words) throws IOException {
    Files.writeString(
      dir.resolve("config.json"),
      "{\"hidden_size\":48,\"num_hidden_layers\":3,\"num_attention_heads\":4," +
      "\"intermediate_size\":80,\"vocab_size\":100,\"rms_norm_eps\":1e-5," +
      (words.contains(",\"max_position_embeddings\":32,")
          ? ""
          : "\"max_position_embeddings\":128,") +
      words +
      "}"
    );
    NetworkShape shape = NetworkShape.read(dir);
    try (RandomWeights weights = new RandomWeights(11)) {
      double[] expected = new ReferenceDecoder(shape, weights).logits(IDS);
      for (Precision precision : STATED.keySet()) {
        try (
          TorchModelRunner runner = TorchModelRunner.load(name, shape, weights, precision, 1, 320)
        ) {
          double stated = STATED.get(precision);
          assertThat(distance(atOnce(runner), expected)).as("%s", precision).isLessThan(stated);
          assertThat(distance(inSteps(runner), expected)).as("%s", precision).isLessThan(stated);
        }
      }
    }
  }

  private static float[] atOnce(TorchModelRunner runner) {
    return logits(runner, new Span(IDS, 0, 7, 0, true));
  }

  /** A prompt in two chunks, the second of which begins past the window, then token by token. */
  private static float[] inSteps(TorchModelRunner runner) {
    runner.step(List.of(new Span(Arrays.copyOf(IDS, 40), 0, 130, 0, false)));
    runner.step(List.of(new Span(Arrays.copyOfRange(IDS, 40, 80), 40, 130, 0, false)));
    for (int t = 80; t < IDS.length - 1; t++) {
      logits(runner, new Span(new int[] { IDS[t] }, t, 130, 0, true));
    }
    int last = IDS.length - 1;
    return logits(runner, new Span(new int[] { IDS[last] }, last, 130, 0, true));
  }

  private static float[] logits(TorchModelRunner runner, Span span) {
    float[] logits = new float[runner.info().vocabSize()];
    runner.step(List.of(span)).logits(0, logits);
    return logits;
  }

  /** Relative to the size of the whole row. */
  private static double distance(float[] actual, double[] expected) {
    double square = 0;
    double size = 0;
    for (int i = 0; i < expected.length; i++) {
      square += (actual[i] - expected[i]) * (actual[i] - expected[i]);
      size += expected[i] * expected[i];
    }
    return Math.sqrt(square / size);
  }
}
