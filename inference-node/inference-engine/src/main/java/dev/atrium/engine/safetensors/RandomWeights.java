package dev.atrium.engine.safetensors;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Weights that nobody trained, for measurements and tests: matrices are normal with a deviation of
 * one over the root of their width, vectors are near one. The same seed gives the same weights,
 * whatever the order in which they are asked for.
 */
public final class RandomWeights implements WeightSource {

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
  private final Arena arena = Arena.ofShared();
  private final long seed;

  public RandomWeights(long seed) {
    this.seed = seed;
  }

  @Override
  public Weight weight(String name, long... shape) {
    SplittableRandom random = new SplittableRandom(seed * 31 + name.hashCode());
    long elements = 1;
    for (long n : shape) {
      elements *= n;
    }
    boolean matrix = shape.length > 1;
    double scale = matrix ? 1 / Math.sqrt(shape[1]) : 0.1;
    MemorySegment bytes = arena.allocate(elements * Float.BYTES, 64);
    for (long i = 0; i < elements; i++) {
      bytes.setAtIndex(FLOAT, i, (float) ((matrix ? 0 : 1) + scale * gaussian(random)));
    }
    return new Weight(name, WeightType.F32, shape, bytes);
  }

  @Override
  public Set<String> unused() {
    return Set.of(); // only what is asked for comes about
  }

  /** Sum of four uniform numbers: near enough to normal, and much cheaper for 100 million. */
  private static double gaussian(SplittableRandom random) {
    long bits = random.nextLong();
    int sum = 0;
    for (int i = 0; i < 4; i++) {
      sum += (int) (bits >>> (16 * i)) & 0xffff;
    }
    return (sum - 2 * 65535) / (65536 * 0.5774);
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
