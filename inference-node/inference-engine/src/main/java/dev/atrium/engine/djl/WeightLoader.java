package dev.atrium.engine.djl;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import dev.atrium.engine.model.ModelLoadException;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.safetensors.Weight;
import dev.atrium.engine.safetensors.WeightSource;
import dev.atrium.engine.safetensors.WeightType;
import dev.atrium.engine.torchscript.ScriptModule;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * Feeds the weights of a Hugging Face checkpoint into the script's module, one matrix at a time, and
 * hashes them on the way. Query, key and value become one matrix, and so do gate and up.
 */
final class WeightLoader {

  /** A direct buffer can't be larger than this; tensors beyond it go in as several parts. */
  private static final long MAX_PART = 1L << 30;

  private final ScriptModule module;
  private final NetworkShape shape;
  private final WeightSource source;
  private final MessageDigest hash = sha256();

  WeightLoader(ScriptModule module, NetworkShape shape, WeightSource source) {
    this.module = module;
    this.shape = shape;
    this.source = source;
    hash.update(shape.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Loads everything and returns the hex hash over shape and weights. */
  String load() {
    long width = shape.width();
    long queryRows = (long) shape.heads() * shape.headDim();
    Weight embedding = weight("model.embed_tokens.weight", shape.vocab(), width);
    add("embedding", embedding);
    for (int i = 0; i < shape.layers(); i++) {
      String layer = "model.layers." + i + ".";
      add("norm", weight(layer + "input_layernorm.weight", width));
      addAttention(layer + "self_attn.", queryRows, (long) shape.kvHeads() * shape.headDim());
      add("matrix", weight(layer + "self_attn.o_proj.weight", width, queryRows));
      add("norm", weight(layer + "post_attention_layernorm.weight", width));
      add(
        "matrix",
        weight(layer + "mlp.gate_proj.weight", shape.ffn(), width),
        weight(layer + "mlp.up_proj.weight", shape.ffn(), width)
      );
      add("matrix", weight(layer + "mlp.down_proj.weight", width, shape.ffn()));
    }
    add("norm", weight("model.norm.weight", width));
    add("head", shape.tied() ? embedding : weight("lm_head.weight", shape.vocab(), width));
    return HexFormat.of().formatHex(hash.digest());
  }

  private void addAttention(String at, long queryRows, long keyRows) {
    long width = shape.width();
    add(
      "matrix",
      weight(at + "q_proj.weight", queryRows, width),
      weight(at + "k_proj.weight", keyRows, width),
      weight(at + "v_proj.weight", keyRows, width)
    );
    if (shape.qkvBias()) {
      add(
        "qkv_bias",
        weight(at + "q_proj.bias", queryRows),
        weight(at + "k_proj.bias", keyRows),
        weight(at + "v_proj.bias", keyRows)
      );
    }
    if (shape.qkNorm()) {
      add("qk_norm", weight(at + "q_norm.weight", shape.headDim()));
      add("qk_norm", weight(at + "k_norm.weight", shape.headDim()));
    }
  }

  private Weight weight(String name, long... dims) {
    Weight weight = source.weight(name, dims);
    hash.update((name + weight.type() + Arrays.toString(dims)).getBytes(StandardCharsets.UTF_8));
    for (MemorySegment part : parts(weight)) {
      hash.update(part.asByteBuffer());
    }
    return weight;
  }

  private void add(String kind, Weight... weights) {
    boolean bf16 = weights[0].type() == WeightType.BF16;
    try (NDManager manager = module.manager().newSubManager()) {
      List<PtNDArray> tensors = new ArrayList<>();
      for (Weight weight : weights) {
        if (bf16 != (weight.type() == WeightType.BF16)) {
          throw ModelLoadException.unsupported(weight.name(), "bf16 beside another type");
        }
        for (MemorySegment part : parts(weight)) {
          tensors.add(tensor(manager, weight, part));
        }
      }
      module.run("add", kind, tensors.toArray(PtNDArray[]::new), bf16);
    }
  }

  /** Whole rows, so that the parts can be laid one under another. */
  private static List<MemorySegment> parts(Weight weight) {
    long rowBytes = weight.bytes().byteSize() / Math.max(1, weight.shape()[0]);
    long partBytes = Math.max(rowBytes, (MAX_PART / Math.max(1, rowBytes)) * rowBytes);
    List<MemorySegment> parts = new ArrayList<>();
    for (long at = 0; at < weight.bytes().byteSize(); at += partBytes) {
      long size = Math.min(partBytes, weight.bytes().byteSize() - at);
      parts.add(weight.bytes().asSlice(at, size));
    }
    return parts;
  }

  private static PtNDArray tensor(NDManager manager, Weight weight, MemorySegment part) {
    long[] dims = weight.shape().clone();
    dims[0] = (dims[0] * part.byteSize()) / weight.bytes().byteSize();
    DataType type = switch (weight.type()) {
      case F32 -> DataType.FLOAT32;
      // DJL aborts the process when asked for BFLOAT16: the script reads the bits as what they are.
      case F16, BF16 -> DataType.FLOAT16;
      default -> throw ModelLoadException.unsupported(
        weight.name(),
        "weights of type " + weight.type() + " (there are F32, F16 and BF16)"
      );
    };
    return (PtNDArray) manager.create(part.asByteBuffer(), new Shape(dims), type);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
