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
     * @param kind embedding, norm, qk_norm, qkv_bias, matrix or head
     * @param parts laid one under another they are the weight
     */
    void take(String kind, Weight... parts);
  }

  /**
   * Hands out all weights. If the head is tied to the embedding, it is the same object.
   *
   * @throws ModelLoadException if one is missing or has another shape
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
      taker.take("norm", source.weight(layer + "post_attention_layernorm.weight", width));
      taker.take(
        "matrix",
        source.weight(layer + "mlp.gate_proj.weight", shape.ffn(), width),
        source.weight(layer + "mlp.up_proj.weight", shape.ffn(), width)
      );
      taker.take("matrix", source.weight(layer + "mlp.down_proj.weight", width, shape.ffn()));
    }
    taker.take("norm", source.weight("model.norm.weight", width));
    taker.take(
      "head",
      shape.tied() ? embedding : source.weight("lm_head.weight", shape.vocab(), width)
    );
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
    if (shape.qkvBias()) {
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
