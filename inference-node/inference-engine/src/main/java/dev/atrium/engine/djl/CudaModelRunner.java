package dev.atrium.engine.djl;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.atrium.engine.export.StepArchive;
import dev.atrium.engine.model.Device;
import dev.atrium.engine.model.MemoryPlan;
import dev.atrium.engine.model.ModelRunner;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.model.Precision;
import dev.atrium.engine.model.RunnerInfo;
import dev.atrium.engine.model.Span;
import dev.atrium.engine.model.StepOutput;
import dev.atrium.engine.safetensors.HashedWeights;
import dev.atrium.engine.safetensors.WeightSource;
import dev.atrium.engine.torchscript.ElementType;
import dev.atrium.engine.torchscript.ScriptModule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a decoder on a GPU: the program of {@code engine export} ({@code CudaDecoder} of decoder.py),
 * loaded straight onto the device. Of a step the host reads the likeliest ids, and logits only where
 * somebody draws from them. Belongs to the thread that opened it.
 *
 * <p>Kernels are launched one by one: libtorch's graphs are out of reach through DJL.
 */
public final class CudaModelRunner implements ModelRunner {

  private static final Logger LOG = LoggerFactory.getLogger(CudaModelRunner.class);
  private static final String FILE = "step";
  private static final int RANGE_FIELDS = 3;

  private final OwnedModule module;
  private final RunnerInfo info;

  private CudaModelRunner(ScriptModule module, RunnerInfo info) {
    this.module = new OwnedModule(module);
    this.info = info;
  }

  /**
   * Loads weights from anywhere; the source may be closed afterwards. For a while they lie in a file of
   * the folder for temporary files.
   *
   * @param cacheTokens size of the cache arena, 0 for a default
   * @throws dev.atrium.engine.model.ModelLoadException if the memory does not suffice
   */
  static CudaModelRunner load(
    String name,
    NetworkShape shape,
    WeightSource weights,
    Precision precision,
    Device device,
    int cacheTokens
  ) {
    MemoryPlan plan = MemoryPlan.onGpu(shape, precision, cacheTokens, Gpus.freeBytes(device));
    return load(name, shape, weights, precision, device, plan);
  }

  /** The program computes the same on the processor, slowly: so it can be tested without a GPU. */
  static CudaModelRunner load(
    String name,
    NetworkShape shape,
    WeightSource weights,
    Precision precision,
    Device device,
    MemoryPlan plan
  ) {
    LOG.info("{}, {} on {}: {}", name, precision.label(), device.label(), plan.words());
    Engine.getEngine("PyTorch"); // loads the native library
    // Fusing kernels would make programs anew for each size of batch, and launches slower.
    JniUtils.setGraphExecutorOptimize(false);
    HashedWeights hashed = new HashedWeights(shape, weights);
    ScriptModule module = null;
    try {
      module = module(StepArchive.of(shape, hashed, type(precision), plan.cacheTokens()), device);
      module.run("open", plan.cacheTokens());
      return new CudaModelRunner(
        module,
        new RunnerInfo(
          name,
          hashed.hex(),
          shape.contextLength(),
          shape.vocab(),
          shape.parameters(),
          precision,
          plan.cacheTokens(),
          0,
          device.label(),
          plan
        )
      );
    } catch (RuntimeException e) {
      if (module != null) module.close();
      JniUtils.emptyCudaCache();
      // Others may have taken what was free when the plan was made.
      throw isOutOfMemory(e) ? plan.tooLarge(precision, Gpus.freeBytes(device)) : e;
    }
  }

  private static boolean isOutOfMemory(Throwable e) {
    return (
      e != null &&
      (String.valueOf(e.getMessage()).contains("out of memory") || isOutOfMemory(e.getCause()))
    );
  }

  private static ScriptModule module(StepArchive archive, Device device) {
    try {
      Path dir = Files.createTempDirectory("atrium-" + FILE);
      try {
        archive.write(dir.resolve(FILE + ".pt"));
        return ScriptModule.load(dir, FILE, device);
      } finally {
        Files.deleteIfExists(dir.resolve(FILE + ".pt"));
        Files.delete(dir);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ElementType type(Precision precision) {
    return switch (precision) {
      case BF16 -> ElementType.BF16;
      case FP16 -> ElementType.F16;
      case F32 -> ElementType.F32;
      case INT8 -> throw new IllegalArgumentException("int8 is for the processor");
    };
  }

  @Override
  public RunnerInfo info() {
    return info;
  }

  @Override
  public StepOutput step(List<Span> spans) {
    spans.forEach(info::check);
    NDManager manager = module.nextStep();
    try {
      Batch batch = new Batch(joined(spans));
      NDArray[] result = module
        .get()
        .tensors(
          manager,
          "step",
          (PtNDArray) batch.fields.on(manager),
          (PtNDArray) manager.create(batch.ranges, new Shape(RANGE_FIELDS, batch.columns)),
          (PtNDArray) manager.create(batch.wanted, new Shape(batch.wanted.length)),
          batch.mostRows,
          batch.mostUsed
        );
      return batch.wanted.length == 0
        ? new Output(null, new long[0])
        : new Output(result[0], result[1].toLongArray());
    } catch (EngineException e) {
      throw isOutOfMemory(e) ? new ModelRunner.OutOfMemory("not enough memory for a step", e) : e;
    }
  }

  /**
   * The blocks of one prompt as one: products on a GPU depend on the number of rows all the same, and
   * each span is a sequence to flash attention.
   */
  private static List<Span> joined(List<Span> spans) {
    List<Span> joined = new ArrayList<>();
    for (Span span : spans) {
      Span last = joined.isEmpty() ? null : joined.getLast();
      if (
        last != null &&
        !last.wantsLogits() &&
        last.cacheStart() == span.cacheStart() &&
        last.position() + last.tokens().length == span.position()
      ) {
        int[] tokens = Arrays.copyOf(last.tokens(), last.tokens().length + span.tokens().length);
        System.arraycopy(span.tokens(), 0, tokens, last.tokens().length, span.tokens().length);
        joined.set(
          joined.size() - 1,
          new Span(tokens, last.position(), last.cacheStart(), last.adapter(), span.wantsLogits())
        );
      } else {
        joined.add(span);
      }
    }
    return joined;
  }

  @Override
  public void copyCache(int from, int to, int tokens) {
    module.get().run("copy", from, to, tokens);
  }

  @Override
  public void close() {
    module.close();
    // Or libtorch would keep the memory for itself, and the next model would find too little.
    JniUtils.emptyCudaCache();
  }

  /** The few integers of a step, as {@code CudaDecoder.step} takes them. */
  private static final class Batch {

    final int columns;
    final RowFields fields;
    final int[] ranges;
    final long[] wanted;
    int mostRows;
    int mostUsed;

    Batch(List<Span> spans) {
      columns = spans.size() + 1;
      fields = new RowFields(RowFields.WITHOUT_ADAPTER, RowFields.rows(spans));
      ranges = new int[RANGE_FIELDS * columns];
      wanted = new long[(int) spans.stream().filter(Span::wantsLogits).count()];
      int row = 0;
      int want = 0;
      for (int j = 0; j < spans.size(); j++) {
        Span span = spans.get(j);
        fields.put(span, row);
        row += span.tokens().length;
        int used = span.position() + span.tokens().length;
        ranges[j + 1] = row;
        ranges[columns + j] = span.cacheStart();
        ranges[2 * columns + j] = used;
        mostRows = Math.max(mostRows, span.tokens().length);
        mostUsed = Math.max(mostUsed, used);
        if (span.wantsLogits()) {
          wanted[want++] = row - 1;
        }
      }
    }
  }

  /** The logits stay on the device until a row of them is asked for. */
  private record Output(NDArray logits, long[] best) implements StepOutput {
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
      try (NDArray one = logits.get(row)) {
        float[] values = one.toFloatArray();
        System.arraycopy(values, 0, target, 0, values.length);
      }
    }
  }
}
