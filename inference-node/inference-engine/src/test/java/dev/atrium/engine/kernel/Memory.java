package dev.atrium.engine.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.random.RandomGenerator;

/** Numbers outside of the heap, as libtorch has them. */
record Memory(MemorySegment segment) {
  static Memory of(Arena arena, float... numbers) {
    MemorySegment segment = arena.allocate((long) numbers.length * Float.BYTES, 64);
    MemorySegment.copy(numbers, 0, segment, ValueLayout.JAVA_FLOAT, 0, numbers.length);
    return new Memory(segment);
  }

  static Memory zeros(Arena arena, int numbers) {
    return new Memory(arena.allocate((long) numbers * Float.BYTES, 64));
  }

  static float[] random(RandomGenerator random, int n, float most) {
    float[] numbers = new float[n];
    for (int i = 0; i < n; i++) {
      numbers[i] = (2 * random.nextFloat() - 1) * most;
    }
    return numbers;
  }

  long address() {
    return segment.address();
  }

  float[] numbers() {
    return segment.toArray(ValueLayout.JAVA_FLOAT);
  }
}
