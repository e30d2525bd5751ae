package dev.atrium.engine.safetensors;

import dev.atrium.engine.model.ModelLoadException;
import dev.atrium.engine.model.NetworkShape;

/**
 * The weights of a decoder of the Llama family, by their names in Hugging Face checkpoints, in the
 * order of the network, those that the program keeps in one matrix together: query, key and value;
 * gate and up.
 */
public final class LlamaWeights {

  private final NetworkShape shape;
  private final WeightSource source;

  public LlamaWeights(NetworkShape shape, WeightSource source) {
    this.shape = shape;
    this.source = source;
  }

  /** Takes the weights one after another. */
  @FunctionalInterface
  public interface Taker {
    /**
     * @param kind embedding, norm, qk_norm, qkv_bias, output_bias, mlp_bias, matrix, and at last head,
     *     or tied where that is the embedding again
     * @param parts laid one under another they are the weight
     */
    void take(String kind, Weight... parts);
  }

  /**
   * Hands out all weights.
   *
   * @throws ModelLoadException if one is missing or has another shape, or if the source has some that
   *     have no part in this network: then it is another one
   */
  public void handTo(Taker taker) {
    long width = shape.width();
    long queryRows = (long) shape.heads() * shape.headDim();
    Weight embedding = source.weight("model.embed_tokens.weight", shape.vocab(), width);
    taker.take("embedding", embedding);
    for (int i = 0; i < shape.layers(); i++) {
      String layer = "model.layers." + i + ".";
      taker.take("norm", source.weight(layer + "input_layernorm.weight", width));
      attention(layer + "self_attn.", taker);
      taker.take("matrix", source.weight(layer + "self_attn.o_proj.weight", width, queryRows));
      if (shape.biases().output()) {
        taker.take("output_bias", source.weight(layer + "self_attn.o_proj.bias", width));
      }
      taker.take("norm", source.weight(layer + "post_attention_layernorm.weight", width));
      feedForward(layer + "mlp.", taker);
    }
    taker.take("norm", source.weight("model.norm.weight", width));
    if (shape.tied()) {
      taker.take("tied", embedding);
    } else {
      taker.take("head", source.weight("lm_head.weight", shape.vocab(), width));
    }
    source
      .unused()
      .stream()
      .filter(name -> !isHarmless(name))
      .findFirst()
      .ifPresent(name -> {
        throw ModelLoadException.unsupported(name, "a weight that has no part in this network");
      });
  }

  /** Tables that old checkpoints carry along, and a head that is the embedding written twice. */
  private boolean isHarmless(String name) {
    return (
      name.endsWith(".rotary_emb.inv_freq") || (shape.tied() && name.equals("lm_head.weight"))
    );
  }

  private void feedForward(String at, Taker taker) {
    long width = shape.width();
    taker.take(
      "matrix",
      source.weight(at + "gate_proj.weight", shape.ffn(), width),
      source.weight(at + "up_proj.weight", shape.ffn(), width)
    );
    taker.take("matrix", source.weight(at + "down_proj.weight", width, shape.ffn()));
    if (shape.biases().mlp()) {
      taker.take(
        "mlp_bias",
        source.weight(at + "gate_proj.bias", shape.ffn()),
        source.weight(at + "up_proj.bias", shape.ffn())
      );
      taker.take("mlp_bias", source.weight(at + "down_proj.bias", width));
    }
  }

  private void attention(String at, Taker taker) {
    long width = shape.width();
    long queryRows = (long) shape.heads() * shape.headDim();
    long keyRows = (long) shape.kvHeads() * shape.headDim();
    taker.take(
      "matrix",
      source.weight(at + "q_proj.weight", queryRows, width),
      source.weight(at + "k_proj.weight", keyRows, width),
      source.weight(at + "v_proj.weight", keyRows, width)
    );
    if (shape.biases().qkv()) {
      taker.take(
        "qkv_bias",
        source.weight(at + "q_proj.bias", queryRows),
        source.weight(at + "k_proj.bias", keyRows),
        source.weight(at + "v_proj.bias", keyRows)
      );
    }
    if (shape.qkNorm()) {
      taker.take("qk_norm", source.weight(at + "q_norm.weight", shape.headDim()));
      taker.take("qk_norm", source.weight(at + "k_norm.weight", shape.headDim()));
    }
  }
}
