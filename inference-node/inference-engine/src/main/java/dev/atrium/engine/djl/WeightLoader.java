package dev.atrium.engine.djl;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import dev.atrium.engine.model.ModelLoadException;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.safetensors.HashedWeights;
import dev.atrium.engine.safetensors.LlamaWeights;
import dev.atrium.engine.safetensors.Weight;
import dev.atrium.engine.safetensors.WeightSource;
import dev.atrium.engine.safetensors.WeightType;
import dev.atrium.engine.torchscript.ScriptModule;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Feeds the weights of a Hugging Face checkpoint into the script's module, one matrix at a time, and
 * hashes them on the way.
 */
final class WeightLoader {

  /** A direct buffer can't be larger than this; tensors beyond it go in as several parts. */
  private static final long MAX_PART = 1L << 30;

  private final ScriptModule module;
  private final NetworkShape shape;
  private final WeightSource source;

  WeightLoader(ScriptModule module, NetworkShape shape, WeightSource source) {
    this.module = module;
    this.shape = shape;
    this.source = source;
  }

  /** Loads everything and returns the hex hash over shape and weights. */
  String load() {
    HashedWeights hashed = new HashedWeights(shape, source);
    new LlamaWeights(shape, hashed).handTo(this::add);
    return hashed.hex();
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
}
