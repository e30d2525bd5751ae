package dev.atrium.engine.djl;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.atrium.engine.kernel.Kernels;
import dev.atrium.engine.model.Device;
import dev.atrium.engine.model.FreeMemory;
import dev.atrium.engine.model.MemoryPlan;
import dev.atrium.engine.model.ModelRunner;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.model.Precision;
import dev.atrium.engine.model.RunnerInfo;
import dev.atrium.engine.model.Span;
import dev.atrium.engine.model.StepOutput;
import dev.atrium.engine.safetensors.WeightSource;
import dev.atrium.engine.torchscript.ScriptArchive.EmptyList;
import dev.atrium.engine.torchscript.ScriptModule;
import dev.atrium.engine.torchscript.ScriptText;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a decoder on libtorch, on the CPU. Weights and cache live inside the script's module; a step
 * is one native call, whatever the batch. Belongs to the thread that opened it.
 */
public final class TorchModelRunner implements ModelRunner {

  private static final Logger LOG = LoggerFactory.getLogger(TorchModelRunner.class);

  private static final List<String> TENSOR_LISTS = List.of(
    "embedding",
    "norms",
    "qk_norms",
    "qkv_bias",
    "output_bias",
    "mlp_bias",
    "dense",
    "cache",
    "slabs",
    "scales",
    "tables",
    "nothing"
  );
  private static final int ROWS_F32 = 4;
  private static final int FP16_TABLE = 120;
  private static final Set<Integer> FP16_FEW_OVER = Set.of(1, 2, 7, 14);
  private final OwnedModule module;
  private final Kernels kernels;
  private final RunnerInfo info;

  private TorchModelRunner(ScriptModule module, Kernels kernels, RunnerInfo info) {
    this.module = new OwnedModule(module);
    this.kernels = kernels;
    this.info = info;
  }

  /**
   * Loads weights from anywhere; the source may be closed afterwards.
   *
   * @param threads native threads of the calling thread
   * @param cacheTokens size of the cache arena, 0 for a default
   * @throws dev.atrium.engine.model.ModelLoadException if the memory does not suffice
   */
  public static TorchModelRunner load(
    String name,
    NetworkShape shape,
    WeightSource weights,
    Precision precision,
    int threads,
    int cacheTokens
  ) {
    MemoryPlan plan = MemoryPlan.of(shape, precision, cacheTokens, FreeMemory.bytes());
    LOG.info("{}, {}: {}", name, precision.label(), plan.words());
    Engine.getEngine("PyTorch"); // loads the native library
    JniUtils.setNumThreads(threads);
    Kernels.register();
    ScriptModule module = ScriptModule.load(
      ScriptText.DECODER.read(),
      "Decoder",
      attributes(shape, precision),
      Device.CPU
    );
    try {
      String hash = new WeightLoader(module, shape, weights).load();
      int tokens = plan.cacheTokens();
      // One place more, where padding rows leave their keys and values.
      module.run("open", tokens + 1, Math.min(tokens, shape.contextLength()));
      NativeHeap.trim();
      return new TorchModelRunner(
        module,
        new Kernels(threads),
        new RunnerInfo(
          name,
          hash,
          shape.contextLength(),
          shape.vocab(),
          shape.parameters(),
          precision,
          tokens,
          0,
          Device.CPU.label(),
          plan
        )
      );
    } catch (RuntimeException e) {
      module.close();
      throw e;
    }
  }

  private static Map<String, Object> attributes(NetworkShape shape, Precision precision) {
    Map<String, Object> attributes = new LinkedHashMap<>();
    attributes.put("training", false);
    attributes.put(
      "precision",
      switch (precision) {
        case F32 -> 32L;
        case FP16 -> 16L;
        case INT8 -> 8L;
        case BF16 -> throw new IllegalArgumentException("bf16 is for GPUs");
      }
    );
    attributes.put("Q", (long) shape.heads());
    attributes.put("K", (long) shape.kvHeads());
    attributes.put("D", (long) shape.headDim());
    attributes.put("eps", shape.eps());
    attributes.put("frequencies", shape.rope().frequencies(shape.headDim()));
    attributes.put("amplitude", shape.rope().amplitude());
    attributes.put("block", (long) Kernels.BLOCK);
    attributes.put("window", (long) shape.window());
    attributes.put("windowed", shape.windowedLayers());
    attributes.put("still", shape.stillLayers());
    attributes.put("packed", EmptyList.OF_OBJECTS);
    for (String list : TENSOR_LISTS) {
      attributes.put(list, EmptyList.OF_TENSORS);
    }
    return attributes;
  }

  @Override
  public RunnerInfo info() {
    return info;
  }

  @Override
  public StepOutput step(List<Span> spans) {
    NDManager manager = module.nextStep();
    Rows rows = new Rows(spans);
    try {
      NDArray fields = rows.fields.on(manager);
      NDArray[] result = kernels.during(() ->
        module.get().tensors(manager, "step", fields, rows.wanted)
      );
      if (rows.results == 0) {
        return new Output(null, new long[0], info.vocabSize());
      }
      FloatBuffer logits = ((PtNDArray) result[0]).toByteBuffer(true)
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
      long[] best = Arrays.copyOf(result[1].toLongArray(), rows.results);
      return new Output(logits, best, info.vocabSize());
    } catch (EngineException e) {
      throw isOutOfMemory(e) ? new ModelRunner.OutOfMemory("not enough memory for a step", e) : e;
    }
  }

  @Override
  public void copyCache(int from, int to, int tokens) {
    module.get().run("copy", from, to, tokens);
  }

  /** Native values that are held now: of the last step, and what lives as long as the module. */
  public int nativeValues() {
    return module.nativeValues();
  }

  @Override
  public void close() {
    module.close();
    kernels.close();
    NativeHeap.trim();
  }

  /**
   * The rows of a step with its padding. The products' kernels take rows by blocks, and on AVX2 those
   * for a block of one or two sum in another order than those for more: where the rows leave such a
   * block over, its sequences would have other numbers than in another company. AVX-512 has no such
   * blocks in packed fp16, and integers don't mind. In f32 a multiple of 4 is enough on AVX2;
   * elsewhere sums depend on the number of rows all the same.
   */
  private int padded(int rows) {
    return switch (info.precision()) {
      case F32 -> ((rows + ROWS_F32 - 1) / ROWS_F32) * ROWS_F32;
      case FP16 -> {
        int enough = rows;
        while (leavesFewOver(enough)) {
          enough++;
        }
        yield enough;
      }
      case INT8, BF16 -> rows;
    };
  }

  /** As measured, and as FBGEMM's table of blocks for AVX2 says, which ends at 120 rows. */
  private static boolean leavesFewOver(int rows) {
    int rest = rows % FP16_TABLE;
    boolean sixes = rest > 30;
    return sixes ? rest % 6 == 1 || rest % 6 == 2 : FP16_FEW_OVER.contains(rest);
  }

  /** libtorch has no error type for it in the CPU's allocator, only this text. */
  private static boolean isOutOfMemory(EngineException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("can't allocate memory") || message.contains("out of memory");
  }

  /** The rows of a step as the script takes them. */
  private final class Rows {

    final RowFields fields;
    final long[] wanted;
    final int results;

    Rows(List<Span> list) {
      fields = new RowFields(RowFields.OF_CPU, padded(RowFields.rows(list)));
      results = (int) list.stream().filter(Span::wantsLogits).count();
      wanted = new long[padded(results)];
      int row = 0;
      int want = 0;
      for (Span span : list) {
        info.check(span);
        fields.put(span, row);
        row += span.tokens().length;
        if (span.wantsLogits()) {
          wanted[want++] = row - 1;
        }
      }
      fields.pad(row, info.cacheTokens());
    }
  }

  private record Output(FloatBuffer logits, long[] best, int vocab) implements StepOutput {
    @Override
    public int rows() {
      return best.length;
    }

    @Override
    public int argmax(int row) {
      return (int) best[row];
    }

    @Override
    public void logits(int row, float[] target) {
      logits.get(row * vocab, target, 0, vocab);
    }
  }
}
