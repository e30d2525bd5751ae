package dev.atrium.engine.djl;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * What libtorch has for graphs and DJL has no door to: {@code at::cuda::CUDAGraph} and the current
 * stream of a thread, by the names that the libraries export, and a few functions of CUDA's runtime.
 * Streams and pools of memory are two words each, which are passed in registers.
 *
 * <p>A C++ exception ends the process here, since nothing of Java's can catch it: whoever calls makes
 * sure of what these functions check.
 */
final class CudaCalls {

  /** {@code c10::cuda::CUDAStream} and {@code c10::MempoolId_t}. */
  static final StructLayout TWO_WORDS = MemoryLayout.structLayout(JAVA_LONG, JAVA_LONG);
  /** More than a {@code CUDAGraph} has in any libtorch; it is made in place. */
  private static final long GRAPH_BYTES = 4096;
  private static final long GRAPH_ALIGNMENT = 16;

  private static final String GRAPH = "_ZN2at4cuda9CUDAGraph";
  private static final String C10 = "_ZN3c104cuda";
  /** Others' calls, which a whole process could not make meanwhile, do not break a recording. */
  private static final int OF_THIS_THREAD = 1;
  private static final int CAPTURING = 1;

  private final Arena arena = Arena.ofAuto();
  private final Linker linker = Linker.nativeLinker();
  private final SymbolLookup libraries;
  private final MethodHandle newGraph;
  private final boolean newGraphTakesFlag;
  private final MethodHandle deleteGraph;
  private final MethodHandle begin;
  private final MethodHandle end;
  private final MethodHandle replay;
  private final MethodHandle newPool;
  private final MethodHandle newStream;
  private final MethodHandle currentStream;
  private final MethodHandle useStream;
  private final MethodHandle handleOfStream;
  private final MethodHandle setDevice;
  private final MethodHandle synchronize;
  private final MethodHandle isCapturing;
  private final MethodHandle endCapture;
  private final MethodHandle takeError;
  private final MethodHandle words;

  private CudaCalls(SymbolLookup libraries) {
    this.libraries = libraries;
    // Of libtorch 2.8 and later, and of those before.
    newGraphTakesFlag = libraries.find(GRAPH + "C1Eb").isPresent();
    newGraph = newGraphTakesFlag
      ? nothing(GRAPH + "C1Eb", ADDRESS, JAVA_BOOLEAN)
      : nothing(GRAPH + "C1Ev", ADDRESS);
    deleteGraph = nothing(GRAPH + "D1Ev", ADDRESS);
    begin = nothing(
      GRAPH + "13capture_beginESt4pairIyyE21cudaStreamCaptureMode",
      ADDRESS,
      TWO_WORDS,
      JAVA_INT
    );
    end = nothing(GRAPH + "11capture_endEv", ADDRESS);
    replay = nothing(GRAPH + "6replayEv", ADDRESS);
    newPool = handle("_ZN2at4cuda17graph_pool_handleEv", FunctionDescriptor.of(TWO_WORDS));
    newStream = handle(
      C10 + "17getStreamFromPoolEba",
      FunctionDescriptor.of(TWO_WORDS, JAVA_BOOLEAN, JAVA_BYTE)
    );
    currentStream = handle(
      C10 + "20getCurrentCUDAStreamEa",
      FunctionDescriptor.of(TWO_WORDS, JAVA_BYTE)
    );
    useStream = nothing(C10 + "20setCurrentCUDAStreamENS0_10CUDAStreamE", TWO_WORDS);
    handleOfStream = handle(
      "_ZNK3c104cuda10CUDAStream6streamEv",
      FunctionDescriptor.of(ADDRESS, ADDRESS)
    );
    setDevice = handle("cudaSetDevice", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    synchronize = handle("cudaStreamSynchronize", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    isCapturing = handle(
      "cudaStreamIsCapturing",
      FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS)
    );
    endCapture = handle("cudaStreamEndCapture", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    takeError = handle("cudaGetLastError", FunctionDescriptor.of(JAVA_INT));
    words = handle("cudaGetErrorString", FunctionDescriptor.of(ADDRESS, JAVA_INT));
  }

  /**
   * Those of the libtorch that this process has loaded.
   *
   * @throws NoSuchElementException if it has one of them not, or under another name
   */
  static CudaCalls ofLoadedLibraries() {
    return new CudaCalls(SymbolLookup.loaderLookup());
  }

  /** In memory that must be there until it is deleted, or for good. */
  MemorySegment newGraph(Arena memory) {
    MemorySegment graph = memory.allocate(GRAPH_BYTES, GRAPH_ALIGNMENT);
    if (newGraphTakesFlag) {
      call(newGraph, graph, false);
    } else {
      call(newGraph, graph);
    }
    return graph;
  }

  void deleteGraph(MemorySegment graph) {
    call(deleteGraph, graph);
  }

  /** What the current stream launches from now on is recorded; memory for it comes from the pool. */
  void begin(MemorySegment graph, MemorySegment pool) {
    call(begin, graph, pool, OF_THIS_THREAD);
  }

  void end(MemorySegment graph) {
    call(end, graph);
  }

  void replay(MemorySegment graph) {
    try {
      replay.invokeExact(graph);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** A pool of memory that graphs share; its memory is theirs until the last of them is deleted. */
  MemorySegment newPool() {
    return twoWords(newPool);
  }

  MemorySegment newStream(int device) {
    return twoWords(newStream, false, (byte) device);
  }

  MemorySegment currentStream(int device) {
    return twoWords(currentStream, (byte) device);
  }

  /** This thread launches on it from now on. */
  void useStream(MemorySegment stream) {
    call(useStream, stream);
  }

  MemorySegment handleOf(MemorySegment stream) {
    return (MemorySegment) call(handleOfStream, stream);
  }

  void setDevice(int device) {
    check((int) call(setDevice, device));
  }

  /** Waits until everything that the stream was given is done. */
  void synchronize(MemorySegment streamHandle) {
    int code;
    try {
      code = (int) synchronize.invokeExact(streamHandle);
    } catch (Throwable e) {
      throw failed(e);
    }
    check(code);
  }

  /** Whether a recording goes on that nothing has spoilt. */
  boolean isCapturing(MemorySegment streamHandle) {
    MemorySegment status = arena.allocate(JAVA_INT);
    return (
      (int) call(isCapturing, streamHandle, status) == 0 && status.get(JAVA_INT, 0) == CAPTURING
    );
  }

  /** Lets go a recording that was spoilt. */
  void abandonCapture(MemorySegment streamHandle) {
    MemorySegment graph = arena.allocate(ADDRESS);
    int _ = (int) call(endCapture, streamHandle, graph);
    // Or the next kernel that this thread launches would be blamed for it.
    int _ = (int) call(takeError);
  }

  private void check(int code) {
    if (code != 0) {
      MemorySegment text = (MemorySegment) call(words, code);
      throw new IllegalStateException("CUDA: " + text.reinterpret(Long.MAX_VALUE).getString(0));
    }
  }

  private MemorySegment twoWords(MethodHandle function, Object... args) {
    // A function that returns a structure takes an allocator for it first.
    Object[] all = new Object[args.length + 1];
    all[0] = (SegmentAllocator) arena;
    System.arraycopy(args, 0, all, 1, args.length);
    return (MemorySegment) call(function, all);
  }

  private MethodHandle nothing(String name, MemoryLayout... args) {
    return handle(name, FunctionDescriptor.ofVoid(args));
  }

  private MethodHandle handle(String name, FunctionDescriptor type) {
    Optional<MemorySegment> found = libraries.find(name);
    return linker.downcallHandle(
      found.orElseThrow(() -> new NoSuchElementException("this libtorch has no " + name)),
      type
    );
  }

  private static Object call(MethodHandle function, Object... args) {
    try {
      return function.invokeWithArguments(args);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  private static IllegalStateException failed(Throwable e) {
    return new IllegalStateException("a call of libtorch failed", e);
  }
}
