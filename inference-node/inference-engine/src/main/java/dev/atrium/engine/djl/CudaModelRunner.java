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
import dev.atrium.engine.model.Draw;
import dev.atrium.engine.model.Likelihood;
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
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a decoder on a GPU: the program of {@code engine export} ({@code CudaDecoder} of decoder.py),
 * loaded straight onto the device. Of a step the host reads ids, the likeliest or those that the device
 * drew, and logits only where somebody asks for them. Belongs to the thread that opened it.
 *
 * <p>Where it can, it replays steps of answers alone as recorded graphs: launching the kernels of a step
 * one by one takes several times as long as computing them.
 */
public final class CudaModelRunner implements ModelRunner {

  private static final Logger LOG = LoggerFactory.getLogger(CudaModelRunner.class);
  private static final String FILE = "step";
  private static final int RANGE_FIELDS = 3;
  /** In such pieces libtorch takes memory from the device, and such pieces it gives back. */
  private static final long PIECE = 2L << 20;

  private final OwnedModule module;
  private final RunnerInfo info;
  private final Optional<GraphedSteps> graphs;
  private final HostLogits host;
  private final DeviceDraws draws;

  private CudaModelRunner(
    ScriptModule module,
    RunnerInfo info,
    DeviceDraws draws,
    Optional<StepRecorder> recorder
  ) {
    this.module = new OwnedModule(module);
    this.info = info;
    this.draws = draws;
    this.host = new HostLogits(module, info.vocabSize());
    this.graphs = recorder.map(r ->
      new GraphedSteps(module, r, info.contextLength(), info.cacheTokens())
    );
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
    // Flash attention alone does not ask the host in the middle of a step.
    Supplier<Optional<StepRecorder>> recorder = () ->
      precision == Precision.F32 ? Optional.empty() : CudaRecorder.on(device);
    return load(name, shape, weights, precision, device, plan, recorder);
  }

  /**
   * The program computes the same on the processor, slowly: so it can be tested without a GPU.
   *
   * @param recorder asked once libtorch is loaded
   */
  static CudaModelRunner load(
    String name,
    NetworkShape shape,
    WeightSource weights,
    Precision precision,
    Device device,
    MemoryPlan plan,
    Supplier<Optional<StepRecorder>> recorder
  ) {
    LOG.info("{}, {} on {}: {}", name, precision.label(), device.label(), plan.words());
    Engine.getEngine("PyTorch"); // loads the native library
    // Fusing kernels would make programs anew for each size of batch, and launches slower.
    JniUtils.setGraphExecutorOptimize(false);
    HashedWeights hashed = new HashedWeights(shape, weights);
    ScriptModule module = null;
    DeviceDraws draws = null;
    try {
      module = module(StepArchive.of(shape, hashed, type(precision), plan.cacheTokens()), device);
      module.run("open", arenaTokens(plan));
      draws = new DeviceDraws(device, shape.vocab());
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
        ),
        draws,
        recorder.get()
      );
    } catch (RuntimeException e) {
      if (module != null) module.close();
      if (draws != null) draws.close();
      CudaRecorder.giveMemoryBack();
      // Others may have taken what was free when the plan was made.
      throw isOutOfMemory(e) ? plan.tooLarge(precision, Gpus.freeBytes(device)) : e;
    }
  }

  /**
   * The cache, and behind it at least one place for rows of a recorded step that are nobody's. The last
   * piece of memory is filled: what another model had in the rest of it would keep the whole arena from
   * being given back.
   */
  private static int arenaTokens(MemoryPlan plan) {
    long least = (plan.cacheTokens() + 1) * plan.bytesPerToken();
    long whole = ((least + PIECE - 1) / PIECE) * PIECE;
    return (int) (whole / plan.bytesPerToken());
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
    host.forget();
    try {
      if (graphs.isPresent() && GraphedSteps.areAnswers(spans)) {
        Optional<GraphedSteps.Result> replayed = graphs.get().step(spans);
        if (replayed.isPresent()) {
          return new Output(replayed.get().logits(), replayed.get().best());
        }
      }
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
      throw failed("a step", e);
    }
  }

  private static RuntimeException failed(String what, EngineException e) {
    return isOutOfMemory(e) ? new ModelRunner.OutOfMemory("not enough memory for " + what, e) : e;
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

  /** Native values that are held now: of the last step, and what lives as long as the module. */
  int nativeValues() {
    return module.nativeValues() + draws.nativeValues();
  }

  @Override
  public void close() {
    module.nextStep();
    graphs.ifPresent(GraphedSteps::close);
    draws.close();
    module.close();
    // Or libtorch would keep the memory for itself, and the next model would find too little.
    CudaRecorder.giveMemoryBack();
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
      fields = new RowFields(RowFields.OF_GPU, RowFields.rows(spans));
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
  private final class Output implements StepOutput {

    private final NDArray logits;
    private final long[] best;

    Output(NDArray logits, long... best) {
      this.logits = logits;
      this.best = best;
    }

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
      host.read(logits, best.length, row, target);
    }

    @Override
    public boolean draws() {
      return true;
    }

    @Override
    public int[] draw(List<Draw> asked) {
      try {
        return draws.draw(logits, asked);
      } catch (EngineException e) {
        throw failed("drawing", e);
      }
    }

    @Override
    public List<Likelihood> likelihoods(int[] rows, int[] tokens, int most) {
      try {
        return draws.likelihoods(logits, rows, tokens, most);
      } catch (EngineException e) {
        throw failed("log-probabilities", e);
      }
    }
  }
}
