package dev.atrium.engine.llamacpp;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The functions of libllama that a measurement needs, called as they are. Structures are laid out as in
 * the {@code llama.h} of {@link LlamaPackage#VERSION}; that they are so in the library at hand is seen
 * from the defaults that it writes into them.
 */
final class LibLlama {

  /** {@code llama_batch}: count, then pointers to token, embd, pos, n_seq_id, seq_id, logits. */
  static final StructLayout BATCH = MemoryLayout.structLayout(
    JAVA_INT,
    MemoryLayout.paddingLayout(4),
    MemoryLayout.sequenceLayout(6, ADDRESS)
  );
  private static final StructLayout MODEL_PARAMS = words(10);
  private static final StructLayout CONTEXT_PARAMS = words(20);
  private static final long N_CTX = 0;
  private static final long N_BATCH = 4;
  private static final long N_UBATCH = 8;
  private static final long N_SEQ_MAX = 12;
  private static final long N_THREADS = 28;
  private static final long N_THREADS_BATCH = 32;

  private final Linker linker = Linker.nativeLinker();
  private final Arena arena;
  private final SymbolLookup lookup;
  private final MethodHandle modelDefaults;
  private final MethodHandle contextDefaults;
  private final MethodHandle load;
  private final MethodHandle init;
  private final MethodHandle freeModel;
  private final MethodHandle freeContext;
  private final MethodHandle memory;
  private final MethodHandle forget;
  private final MethodHandle decode;
  private final MethodHandle logits;

  /**
   * Loads the libraries; they stay as long as the arena.
   *
   * @throws IOException if a library is not there, or has other layouts
   */
  LibLlama(Path libraries, Arena arena) throws IOException {
    this.arena = arena;
    lookup = SymbolLookup.libraryLookup(library(libraries, "libllama.v"), arena);
    SymbolLookup ggml = SymbolLookup.libraryLookup(library(libraries, "libggml.v"), arena);
    modelDefaults = handle(
      lookup,
      "llama_model_default_params",
      FunctionDescriptor.of(MODEL_PARAMS)
    );
    contextDefaults = handle(
      lookup,
      "llama_context_default_params",
      FunctionDescriptor.of(CONTEXT_PARAMS)
    );
    load = handle(
      lookup,
      "llama_model_load_from_file",
      FunctionDescriptor.of(ADDRESS, ADDRESS, MODEL_PARAMS)
    );
    init = handle(
      lookup,
      "llama_init_from_model",
      FunctionDescriptor.of(ADDRESS, ADDRESS, CONTEXT_PARAMS)
    );
    freeModel = handle(lookup, "llama_model_free", FunctionDescriptor.ofVoid(ADDRESS));
    freeContext = handle(lookup, "llama_free", FunctionDescriptor.ofVoid(ADDRESS));
    memory = handle(lookup, "llama_get_memory", FunctionDescriptor.of(ADDRESS, ADDRESS));
    forget = handle(
      lookup,
      "llama_memory_seq_rm",
      FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT)
    );
    decode = handle(lookup, "llama_decode", FunctionDescriptor.of(JAVA_INT, ADDRESS, BATCH));
    logits = handle(
      lookup,
      "llama_get_logits_ith",
      FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT)
    );
    silence();
    // The kernels for this processor are libraries of their own, chosen among those in the folder.
    call(
      handle(ggml, "ggml_backend_load_all_from_path", FunctionDescriptor.ofVoid(ADDRESS)),
      arena.allocateFrom(libraries.toString())
    );
    requireLayouts();
  }

  MemorySegment loadModel(Path file) {
    MemorySegment defaults = struct(modelDefaults);
    return there(
      "the file",
      (MemorySegment) call(load, arena.allocateFrom(file.toString()), defaults)
    );
  }

  MemorySegment newContext(MemorySegment model, int tokens, int sequences, int threads) {
    MemorySegment params = struct(contextDefaults);
    params.set(JAVA_INT, N_CTX, tokens);
    params.set(JAVA_INT, N_SEQ_MAX, sequences);
    params.set(JAVA_INT, N_THREADS, threads);
    params.set(JAVA_INT, N_THREADS_BATCH, threads);
    return there("a context", (MemorySegment) call(init, model, params));
  }

  void free(MemorySegment model, MemorySegment context) {
    call(freeContext, context);
    call(freeModel, model);
  }

  /** Forgets what a sequence has from a position on. */
  void forget(MemorySegment context, int sequence, int from) {
    MemorySegment memory = (MemorySegment) call(this.memory, context);
    if (!(boolean) call(forget, memory, sequence, from, -1)) {
      throw new IllegalStateException("llama.cpp can't forget a part of a sequence");
    }
  }

  void decode(MemorySegment context, MemorySegment batch) {
    int code = (int) call(decode, context, batch);
    if (code != 0) {
      throw new IllegalStateException("llama_decode gave " + code);
    }
  }

  /** The logits of the i-th token of the last batch. */
  MemorySegment logits(MemorySegment context, int i, int vocabulary) {
    MemorySegment row = (MemorySegment) call(logits, context, i);
    return there("a row of logits", row).reinterpret((long) vocabulary * Float.BYTES);
  }

  private void requireLayouts() throws IOException {
    MemorySegment context = struct(contextDefaults);
    boolean known =
      context.get(JAVA_INT, N_CTX) == 512 &&
      context.get(JAVA_INT, N_BATCH) == 2048 &&
      context.get(JAVA_INT, N_UBATCH) == 512 &&
      context.get(JAVA_INT, N_SEQ_MAX) == 1 &&
      context.get(JAVA_INT, N_THREADS) == 4 &&
      context.get(JAVA_INT, N_THREADS_BATCH) == 4;
    if (!known) {
      throw new IOException(
        "this libllama has other structures than those of " + LlamaPackage.VERSION
      );
    }
  }

  private MemorySegment struct(MethodHandle defaults) {
    // A function that returns a structure takes an allocator for it first.
    return (MemorySegment) call(defaults, (java.lang.foreign.SegmentAllocator) arena);
  }

  /** Without it every load writes some hundred lines to the terminal. */
  private void silence() throws IOException {
    try {
      MethodHandle nothing = MethodHandles.empty(
        MethodType.methodType(void.class, int.class, MemorySegment.class, MemorySegment.class)
      );
      FunctionDescriptor type = FunctionDescriptor.ofVoid(JAVA_INT, ADDRESS, ADDRESS);
      MemorySegment stub = linker.upcallStub(nothing, type, arena);
      call(
        handle(lookup, "llama_log_set", FunctionDescriptor.ofVoid(ADDRESS, ADDRESS)),
        stub,
        MemorySegment.NULL
      );
    } catch (IllegalArgumentException e) {
      throw new IOException("llama.cpp's log can't be turned off", e);
    }
  }

  private MethodHandle handle(SymbolLookup in, String name, FunctionDescriptor type)
    throws IOException {
    return linker.downcallHandle(
      in.find(name).orElseThrow(() -> new IOException("this libllama has no " + name)),
      type
    );
  }

  private static Object call(MethodHandle function, Object... args) {
    try {
      return function.invokeWithArguments(args);
    } catch (Throwable e) {
      throw new IllegalStateException("a call of libllama failed", e);
    }
  }

  private static MemorySegment there(String what, MemorySegment result) {
    if (result.equals(MemorySegment.NULL)) {
      throw new IllegalStateException("llama.cpp could not make " + what);
    }
    return result;
  }

  private static Path library(Path folder, String prefix) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
        .filter(file -> file.getFileName().toString().startsWith(prefix))
        .findFirst()
        .orElseThrow(() -> new IOException("there is no " + prefix + "* in " + folder));
    }
  }

  private static StructLayout words(int count) {
    return MemoryLayout.structLayout(MemoryLayout.sequenceLayout(count, ValueLayout.JAVA_LONG));
  }
}
