package dev.atrium.engine.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.NoSuchElementException;

/** The libgomp that libtorch brings, by the function that compilers call for a parallel region. */
final class OpenMp {

  private static final Linker LINKER = Linker.nativeLinker();
  private static final FunctionDescriptor REGION = FunctionDescriptor.ofVoid(JAVA_LONG);
  private static final MethodHandle PARALLEL = LINKER.downcallHandle(
    SymbolLookup.loaderLookup()
      .find("GOMP_parallel")
      .orElseThrow(() -> new NoSuchElementException("this libtorch has no GOMP_parallel")),
    FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT)
  );

  private OpenMp() {}

  /** A function for {@link #parallel}, as long as the arena lives. It may throw nothing. */
  static MemorySegment function(Runnable body, Arena arena) {
    try {
      MethodHandle run = MethodHandles.lookup()
        .findVirtual(Runnable.class, "run", MethodType.methodType(void.class))
        .bindTo(body);
      return LINKER.upcallStub(MethodHandles.dropArguments(run, 0, long.class), REGION, arena);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Calls the function in each of so many threads, this one among them; returns when all have. */
  static void parallel(MemorySegment function, int threads) {
    try {
      PARALLEL.invokeExact(function, 0L, threads, 0);
    } catch (Throwable e) {
      throw new IllegalStateException("a call of libgomp failed", e);
    }
  }
}
