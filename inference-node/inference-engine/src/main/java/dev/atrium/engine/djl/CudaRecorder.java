package dev.atrium.engine.djl;

import ai.djl.engine.EngineException;
import ai.djl.pytorch.jni.JniUtils;
import dev.atrium.engine.model.Device;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records CUDA graphs, by libtorch's own recorder: memory that a recorded step uses stays its own. All
 * graphs of one model share it, since one is replayed after the other.
 */
final class CudaRecorder implements StepRecorder {

  private static final Logger LOG = LoggerFactory.getLogger(CudaRecorder.class);
  /** Turns graphs off where it is {@code false}. */
  private static final String SWITCH = "atrium.cuda.graphs";
  /** Below it nothing more is recorded: launched steps need their activations. */
  private static final long LEAST_FREE = 512L << 20;
  /** Of the process: while somebody records, libtorch neither records elsewhere nor gives memory back. */
  private static final Lock RECORDING = new ReentrantLock();
  /** One a device: libtorch keeps some 34 MB of workspace for each stream that was ever used. */
  private static final Map<Integer, MemorySegment> ASIDE = new ConcurrentHashMap<>();

  private final CudaCalls calls;
  private final Device device;
  private final MemorySegment pool;
  /** Graphs can't be recorded on the stream that all others use. */
  private final MemorySegment aside;
  private final MemorySegment asideHandle;
  private final MemorySegment usual;
  private final MemorySegment usualHandle;

  private CudaRecorder(CudaCalls calls, Device device) {
    this.calls = calls;
    this.device = device;
    calls.setDevice(device.gpu());
    pool = calls.newPool();
    aside = ASIDE.computeIfAbsent(device.gpu(), calls::newStream);
    asideHandle = calls.handleOf(aside);
    usual = calls.currentStream(device.gpu());
    usualHandle = calls.handleOf(usual);
  }

  /** For the calling thread; empty, and said in the log, where this libtorch does not let us. */
  static Optional<StepRecorder> on(Device device) {
    if (!Boolean.parseBoolean(System.getProperty(SWITCH, "true"))) {
      return Optional.empty();
    }
    try {
      return Optional.of(new CudaRecorder(CudaCalls.ofLoadedLibraries(), device));
    } catch (NoSuchElementException | IllegalStateException e) {
      LOG.warn("{}: every kernel is launched by itself: {}", device.label(), e.getMessage());
      return Optional.empty();
    }
  }

  @Override
  public boolean hasRoom() {
    return Gpus.freeBytes(device) >= LEAST_FREE;
  }

  @Override
  public Recording record(Runnable launches) {
    // What is under way must not meet what the other stream does.
    calls.synchronize(usualHandle);
    RECORDING.lock();
    calls.useStream(aside);
    try {
      // Once as it is: kernels and libraries' workspaces are loaded at their first use.
      launches.run();
      calls.synchronize(asideHandle);
      return capture(launches);
    } finally {
      calls.useStream(usual);
      RECORDING.unlock();
    }
  }

  /** Gives the device what libtorch holds of its memory and nobody uses. */
  static void giveMemoryBack() {
    RECORDING.lock();
    try {
      JniUtils.emptyCudaCache();
    } catch (EngineException e) {
      // As long as libtorch takes a recording that was spoilt for one that goes on.
      LOG.warn("libtorch keeps the memory of a model that is gone: {}", e.toString());
    } finally {
      RECORDING.unlock();
    }
  }

  private Graph capture(Runnable launches) {
    Arena memory = Arena.ofShared();
    MemorySegment graph = calls.newGraph(memory);
    calls.begin(graph, pool);
    RuntimeException failure = null;
    try {
      launches.run();
    } catch (RuntimeException e) {
      failure = e;
    }
    if (!calls.isCapturing(asideHandle)) {
      // libtorch would throw at its end, and so end the process. It goes on knowing the graph, which is
      // therefore left where it is.
      calls.abandonCapture(asideHandle);
      throw new NotRecorded("something in the step can't be recorded", failure);
    }
    calls.end(graph);
    Graph recorded = new Graph(graph, memory);
    if (failure != null) {
      recorded.close();
      throw failure;
    }
    return recorded;
  }

  private final class Graph implements Recording {

    private final MemorySegment graph;
    private final Arena memory;

    Graph(MemorySegment graph, Arena memory) {
      this.graph = graph;
      this.memory = memory;
    }

    @Override
    public void replay() {
      calls.replay(graph);
      calls.synchronize(usualHandle);
    }

    @Override
    public void close() {
      calls.deleteGraph(graph);
      memory.close();
    }
  }
}
