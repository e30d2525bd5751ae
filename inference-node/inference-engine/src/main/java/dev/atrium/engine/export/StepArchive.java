package dev.atrium.engine.export;

import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.safetensors.LlamaWeights;
import dev.atrium.engine.safetensors.Weight;
import dev.atrium.engine.safetensors.WeightSource;
import dev.atrium.engine.safetensors.WeightType;
import dev.atrium.engine.torchscript.ElementType;
import dev.atrium.engine.torchscript.ScriptArchive;
import dev.atrium.engine.torchscript.ScriptArchive.EmptyList;
import dev.atrium.engine.torchscript.ScriptText;
import dev.atrium.engine.torchscript.StoredTensor;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The program for CUDA (decoder.py's {@code CudaDecoder}) as one file, with the weights inside or
 * with their shapes alone. {@code torch.jit.load} of any libtorch that has flash attention for ragged
 * batches (2.6 and later) reads it, onto the device that it is told.
 */
public final class StepArchive {

  private final Map<String, Object> attributes = new LinkedHashMap<>();
  private final List<StoredTensor> weights = new ArrayList<>();
  private final Map<String, List<StoredTensor>> biases = new LinkedHashMap<>();
  private final List<StoredTensor> headNorms = new ArrayList<>();

  private StepArchive(NetworkShape shape, int cacheTokens) {
    for (String kind : List.of("qkv_bias", "output_bias", "mlp_bias")) {
      biases.put(kind, new ArrayList<>());
    }
    attributes.put("training", false);
    attributes.put("L", (long) shape.layers());
    attributes.put("Q", (long) shape.heads());
    attributes.put("K", (long) shape.kvHeads());
    attributes.put("D", (long) shape.headDim());
    attributes.put("eps", shape.eps());
    attributes.put("frequencies", shape.rope().frequencies(shape.headDim()));
    attributes.put("amplitude", shape.rope().amplitude());
    attributes.put("window", (long) shape.window());
    attributes.put("windowed", shape.windowedLayers());
    attributes.put("still", shape.stillLayers());
    attributes.put("context", (long) shape.contextLength());
    attributes.put("cache_tokens", (long) cacheTokens);
    attributes.put("w", weights);
    attributes.put("qk_norms", headNorms);
    biases.forEach(attributes::put);
    for (String list : List.of("cache", "slabs", "keys", "values", "tables")) {
      attributes.put(list, EmptyList.OF_TENSORS);
    }
  }

  /**
   * With weights, which must stay open until the archive is written.
   *
   * @param cacheTokens size of the arena unless whoever loads it asks for another
   */
  public static StepArchive of(
    NetworkShape shape,
    WeightSource source,
    ElementType type,
    int cacheTokens
  ) {
    StepArchive archive = new StepArchive(shape, cacheTokens);
    WeightConversion conversion = new WeightConversion(type);
    new LlamaWeights(shape, source).handTo((kind, parts) ->
        archive.add(
          kind,
          StoredTensor.of(type, shapeOf(parts), out -> {
            for (Weight part : parts) {
              conversion.write(part, out);
            }
          })
        )
      );
    return archive;
  }

  /** Without weights: zeros of the right shapes, for others to be put in their place. */
  public static StepArchive skeleton(NetworkShape shape, ElementType type, int cacheTokens) {
    StepArchive archive = new StepArchive(shape, cacheTokens);
    new LlamaWeights(shape, new Shapes()).handTo((kind, parts) ->
      archive.add(kind, StoredTensor.zeros(type, shapeOf(parts)))
    );
    return archive;
  }

  /** The file appears at once and whole, or not at all. One of this name is replaced. */
  public void write(Path file) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      try (var out = new BufferedOutputStream(Files.newOutputStream(part))) {
        ScriptArchive.write(out, ScriptText.DECODER.read(), "CudaDecoder", attributes);
      }
      // On the disk before it has its name: a loss of power leaves no torn file of that name either.
      try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /** The order of the weights stands at the top of decoder.py. */
  private void add(String kind, StoredTensor tensor) {
    switch (kind) {
      case "qkv_bias", "output_bias", "mlp_bias" -> biases.get(kind).add(tensor);
      case "qk_norm" -> headNorms.add(tensor);
      // The last norm comes just before the head.
      case "tied" -> weights.add(1, weights.removeLast());
      case "head" -> {
        weights.add(1, weights.removeLast());
        weights.add(tensor);
      }
      default -> weights.add(tensor);
    }
  }

  private static long[] shapeOf(Weight[] parts) {
    long[] shape = parts[0].shape().clone();
    for (int i = 1; i < parts.length; i++) {
      shape[0] += parts[i].shape()[0];
    }
    return shape;
  }

  /** Weights that have nothing but a shape. */
  private static final class Shapes implements WeightSource {

    @Override
    public Weight weight(String name, long... shape) {
      return new Weight(name, WeightType.F32, shape, MemorySegment.NULL);
    }

    @Override
    public Set<String> unused() {
      return Set.of();
    }

    @Override
    public void close() {}
  }
}
