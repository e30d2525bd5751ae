package dev.atrium.engine.llamacpp;

import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.model.Rope;
import dev.atrium.engine.safetensors.LlamaWeights;
import dev.atrium.engine.safetensors.Weight;
import dev.atrium.engine.safetensors.WeightSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A plain network of the Llama family as a file for llama.cpp, under its names. There is no vocabulary
 * in it, only its size.
 */
public final class LlamaGguf {

  private final NetworkShape shape;

  /**
   * @throws IllegalArgumentException if the network has what this does not translate
   */
  public LlamaGguf(NetworkShape shape) {
    boolean plain =
      shape.biases().equals(NetworkShape.Biases.NONE) &&
      !shape.qkNorm() &&
      shape.window() == 0 &&
      shape.still().isEmpty() &&
      shape.rope().scaling() instanceof Rope.Scaling.None;
    if (!plain) {
      throw new IllegalArgumentException(
        "llama.cpp is measured with plain networks of the Llama family only: no biases, no norms of" +
        " queries, no windows, no scaled positions"
      );
    }
    this.shape = shape;
  }

  /**
   * Matrices are written in {@code type}, vectors in f32.
   *
   * @throws IllegalArgumentException if the rows of a matrix don't fit the type's blocks
   */
  public void write(Path file, WeightSource weights, GgufType type) throws IOException {
    List<GgufWriter.Tensor> tensors = new ArrayList<>();
    new LlamaWeights(shape, weights).handTo((kind, parts) -> {
        if (!kind.equals("tied")) {
          for (Weight part : parts) {
            tensors.add(tensor(part, type));
          }
        }
      });
    GgufWriter.write(file, facts(), tensors);
  }

  private Map<String, Object> facts() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("general.architecture", "llama");
    facts.put("llama.context_length", shape.contextLength());
    facts.put("llama.embedding_length", shape.width());
    facts.put("llama.block_count", shape.layers());
    facts.put("llama.feed_forward_length", shape.ffn());
    facts.put("llama.attention.head_count", shape.heads());
    facts.put("llama.attention.head_count_kv", shape.kvHeads());
    facts.put("llama.attention.key_length", shape.headDim());
    facts.put("llama.attention.value_length", shape.headDim());
    facts.put("llama.attention.layer_norm_rms_epsilon", (float) shape.eps());
    facts.put("llama.rope.dimension_count", shape.headDim());
    facts.put("llama.rope.freq_base", (float) shape.rope().theta());
    facts.put("llama.vocab_size", shape.vocab());
    facts.put("tokenizer.ggml.model", "no_vocab");
    return facts;
  }

  private GgufWriter.Tensor tensor(Weight weight, GgufType type) {
    boolean matrix = weight.shape().length > 1;
    int columns = Math.toIntExact(weight.shape()[matrix ? 1 : 0]);
    int rows = matrix ? Math.toIntExact(weight.shape()[0]) : 1;
    boolean turned =
      weight.name().endsWith("q_proj.weight") || weight.name().endsWith("k_proj.weight");
    return new GgufWriter.Tensor(
      name(weight.name()),
      rows,
      columns,
      matrix ? type : GgufType.F32,
      (row, into) -> {
        long from = (long) (turned ? halfSplit(row) : row) * columns;
        for (int c = 0; c < columns; c++) {
          into[c] = weight.value(from + c);
        }
      }
    );
  }

  /** llama.cpp turns neighbours as a pair, checkpoints have the second of each half a head further on. */
  private int halfSplit(int row) {
    int half = shape.headDim() / 2;
    int head = row / shape.headDim();
    int within = row % shape.headDim();
    return head * shape.headDim() + (within % 2) * half + within / 2;
  }

  private static String name(String ours) {
    return ours
      .replace("model.embed_tokens", "token_embd")
      .replace("lm_head", "output")
      .replace("model.norm", "output_norm")
      .replace("model.layers.", "blk.")
      .replace("input_layernorm", "attn_norm")
      .replace("post_attention_layernorm", "ffn_norm")
      .replace("self_attn.o_proj", "attn_output")
      .replaceFirst("self_attn\\.([qkv])_proj", "attn_$1")
      .replaceFirst("mlp\\.(gate|up|down)_proj", "ffn_$1");
  }
}
