package dev.atrium.engine.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.NoSuchElementException;

/**
 * Functions that libtorch exports for operators which are not compiled with it ({@code
 * torch/csrc/inductor/aoti_torch/c/shim.h}). Handles are constants, or a call would cost more than
 * what it asks for. libtorch is loaded before this class is.
 */
final class TorchCalls {

  /** What an operator is: its arguments in one word each, their number, and that of its results. */
  static final FunctionDescriptor OPERATOR = FunctionDescriptor.ofVoid(
    JAVA_LONG,
    JAVA_LONG,
    JAVA_LONG
  );

  private static final Linker LINKER = Linker.nativeLinker();
  private static final SymbolLookup LIBRARIES = SymbolLookup.loaderLookup();

  private static final MethodHandle DATA = handle("get_data_ptr", JAVA_LONG, JAVA_LONG);
  private static final MethodHandle SIZES = handle("get_sizes", JAVA_LONG, JAVA_LONG);
  private static final MethodHandle DELETE = handle("delete_tensor_object", JAVA_LONG);
  private static final MethodHandle DEFINE = handle("library_def", ADDRESS, ADDRESS);
  private static final MethodHandle IMPLEMENT = handle("library_impl", ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle NEW_LIBRARY = handle(
    "library_init_def",
    ADDRESS,
    ADDRESS,
    JAVA_INT,
    ADDRESS
  );
  private static final MethodHandle NEW_KERNELS = MethodHandles.insertArguments(
    handle("library_init_impl", ADDRESS, ADDRESS, ADDRESS, JAVA_INT, ADDRESS),
    1,
    Arena.global().allocateFrom("CPU")
  );

  private TorchCalls() {}

  /** Writes the address of a tensor's first element to {@code out}; 0 if it has none. */
  static void data(long tensor, long out) {
    try {
      check((int) DATA.invokeExact(tensor, out));
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Writes the address of a tensor's sizes, a long each, to {@code out}. */
  static void sizes(long tensor, long out) {
    try {
      check((int) SIZES.invokeExact(tensor, out));
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Gives a handle back; an operator owns those that it is called with. */
  static void delete(long tensor) {
    try {
      check((int) DELETE.invokeExact(tensor));
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** A namespace of operators, which stays for as long as the process. */
  static MemorySegment newLibrary(String name) {
    return made(NEW_LIBRARY, name);
  }

  /** What is implemented of a namespace for the CPU. */
  static MemorySegment newKernels(String name) {
    return made(NEW_KERNELS, name);
  }

  private static MemorySegment made(MethodHandle init, String name) {
    // libtorch keeps the name where it is.
    MemorySegment text = Arena.global().allocateFrom(name);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ADDRESS);
      check((int) init.invokeExact(text, text, 0, out));
      return out.get(ADDRESS, 0);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  static void define(MemorySegment library, String schema) {
    try (Arena arena = Arena.ofConfined()) {
      check((int) DEFINE.invokeExact(library, arena.allocateFrom(schema)));
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  static void implement(MemorySegment kernels, String name, MemorySegment function) {
    try (Arena arena = Arena.ofConfined()) {
      check((int) IMPLEMENT.invokeExact(kernels, arena.allocateFrom(name), function));
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  static MemorySegment stub(MethodHandle target) {
    return LINKER.upcallStub(target, OPERATOR, Arena.global());
  }

  private static MethodHandle handle(String name, MemoryLayout... args) {
    return LINKER.downcallHandle(
      LIBRARIES.find("aoti_torch_" + name).orElseThrow(() ->
        new NoSuchElementException("this libtorch has no aoti_torch_" + name)
      ),
      FunctionDescriptor.of(JAVA_INT, args)
    );
  }

  private static void check(int error) {
    if (error != 0) {
      throw new IllegalStateException("libtorch has printed what went wrong");
    }
  }

  private static IllegalStateException failed(Throwable e) {
    return new IllegalStateException("a call of libtorch failed", e);
  }
}
