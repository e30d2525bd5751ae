package dev.atrium.engine.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What libtorch calls an operator with: a word for each argument, which is a handle for a tensor. Of
 * one thread; what is read belongs to the call under way.
 */
final class Arguments {

  private static final int WORD = Long.BYTES;

  /** Where libtorch writes its answers; the memory goes with this object. */
  private final MemorySegment memory = Arena.ofAuto().allocate(WORD, WORD);

  private final long out = memory.address();
  private long words;

  /** A call begins. */
  void of(long arguments) {
    words = arguments;
  }

  int number(int i) {
    return (int) word(i);
  }

  float real(int i) {
    return (float) Double.longBitsToDouble(word(i));
  }

  /** Address of a tensor's first element; 0 if it has none. */
  long tensor(int i) {
    TorchCalls.data(word(i), out);
    return Lanes.getLong(out);
  }

  int size(int i, int dimension) {
    TorchCalls.sizes(word(i), out);
    return (int) Lanes.getLong(Lanes.getLong(out) + (long) dimension * WORD);
  }

  /** Gives back the tensors, which are the first of the arguments. */
  static void release(int tensors, long arguments) {
    for (int i = 0; i < tensors; i++) {
      TorchCalls.delete(Lanes.getLong(arguments + (long) i * WORD));
    }
  }

  private long word(int i) {
    return Lanes.getLong(words + (long) i * WORD);
  }
}
