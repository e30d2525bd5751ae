package dev.atrium.engine.djl;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The C library's heap, from which libtorch takes its memory. */
final class NativeHeap {

  private NativeHeap() {}

  /**
   * Gives what is free back to the system. Packing a model leaves gaps of a tenth to a fifth of its
   * size behind, which the C library would keep. Does nothing where it is not glibc.
   */
  static void trim() {
    Linker linker = Linker.nativeLinker();
    linker
      .defaultLookup()
      .find("malloc_trim")
      .ifPresent(trim -> call(linker, trim));
  }

  private static void call(Linker linker, MemorySegment trim) {
    FunctionDescriptor type = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG);
    try {
      int _ = (int) linker.downcallHandle(trim, type).invokeExact(0L);
    } catch (Throwable e) {
      throw new IllegalStateException("malloc_trim", e);
    }
  }
}
