package dev.atrium.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against the same in 64 bits, and bit by bit against itself. */
class AttentionTest {

  private static final int HEADS = 2;
  private static final int PLACES = 512;

  private final RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
  private final Attention attention = new Attention();

  @ParameterizedTest
  @CsvSource({ "8,1", "20,2", "64,3", "64,4", "80,7", "128,1", "128,8" })
  void mixesValuesByTheSoftmaxOfScores(int dim, int group) {
    try (Arena arena = Arena.ofConfined()) {
      for (boolean scaled : new boolean[] { false, true }) {
        for (int[] seen : new int[][] { { 0, 0 }, { 3, 66 }, { 64, 127 }, { 70, 511 } }) {
          Cache cache = new Cache(arena, dim, scaled, seen[0], seen[1]);
          float[] queries = Memory.random(random, group * dim, 1);
          float[] mixed = cache.attend(queries, group, seen[0]);
          double[] expected = cache.expected(queries, group);
          for (int i = 0; i < mixed.length; i++) {
            assertThat((double) mixed[i]).isCloseTo(expected[i], within(scaled ? 2e-4 : 1e-5));
          }
        }
      }
    }
  }

  @Test
  void aSequenceMixesTheSameNumbersWhereverItBegins() {
    try (Arena arena = Arena.ofConfined()) {
      for (boolean scaled : new boolean[] { false, true }) {
        Cache cache = new Cache(arena, 64, scaled, 0, 200);
        float[] queries = Memory.random(random, 3 * 64, 1);
        float[] first = cache.attend(queries, 3, 0);
        for (int begin : new int[] { 1, 17, 63, 64, 100 }) {
          assertThat(cache.movedTo(begin).attend(queries, 3, begin)).isEqualTo(first);
        }
      }
    }
  }

  @Test
  void queriesMixTheSameTogetherAndAlone() {
    try (Arena arena = Arena.ofConfined()) {
      for (int dim : new int[] { 20, 64, 80 }) {
        Cache cache = new Cache(arena, dim, true, 5, 300);
        float[] queries = Memory.random(random, 7 * dim, 1);
        float[] together = cache.attend(queries, 7, 5);
        for (int g = 0; g < 7; g++) {
          float[] query = Arrays.copyOfRange(queries, g * dim, (g + 1) * dim);
          assertThat(cache.attend(query, 1, 5)).isEqualTo(
            Arrays.copyOfRange(together, g * dim, (g + 1) * dim)
          );
        }
      }
    }
  }

  @Test
  void numbersStayTheSameWhenTheCodeIsCompiled() {
    try (Arena arena = Arena.ofConfined()) {
      Cache cache = new Cache(arena, 64, true, 9, 140);
      float[] queries = Memory.random(random, 3 * 64, 1);
      float[] first = cache.attend(queries, 3, 9);
      for (int i = 0; i < 3_000; i++) {
        assertThat(Arrays.equals(cache.attend(queries, 3, 9), first)).isTrue();
      }
    }
  }

  /** Random keys and values of one head, the second of two, from a first to a last place. */
  private final class Cache {

    private final Arena arena;
    private final int dim;
    private final boolean scaled;
    private final float[][] keys;
    private final float[][] values;
    private final Slab slab;
    private final Memory numbers;

    Cache(Arena arena, int dim, boolean scaled, int first, int last) {
      this(
        arena,
        dim,
        scaled,
        Memory.random(random, (last + 1 - first) * dim, 2),
        Memory.random(random, (last + 1 - first) * dim, 1),
        first
      );
    }

    private Cache(Arena arena, int dim, boolean scaled, float[] keys, float[] values, int first) {
      this.arena = arena;
      this.dim = dim;
      this.scaled = scaled;
      int n = keys.length / dim;
      this.keys = new float[n][];
      this.values = new float[n][];
      numbers = Memory.zeros(arena, 2 * HEADS * PLACES * dim);
      long scales = scaled ? Memory.zeros(arena, 2 * HEADS * PLACES).address() : 0;
      slab = new Slab(numbers.address(), scales, HEADS, PLACES, dim);
      for (int t = 0; t < n; t++) {
        this.keys[t] = Arrays.copyOfRange(keys, t * dim, (t + 1) * dim);
        this.values[t] = Arrays.copyOfRange(values, t * dim, (t + 1) * dim);
        slab.putKey(1, first + t, Memory.of(arena, this.keys[t]).address());
        slab.putValue(1, first + t, Memory.of(arena, this.values[t]).address());
      }
    }

    Cache movedTo(int first) {
      return new Cache(arena, dim, scaled, joined(keys), joined(values), first);
    }

    float[] attend(float[] queries, int group, int first) {
      Memory out = Memory.zeros(arena, queries.length);
      long last = first + keys.length - 1;
      long from = Memory.of(arena, queries).address();
      attention.attend(from, group, slab, 1, first, last, out.address());
      return out.numbers();
    }

    double[] expected(float[] queries, int group) {
      double[] mixed = new double[group * dim];
      for (int g = 0; g < group; g++) {
        double[] shares = new double[keys.length];
        double sum = 0;
        for (int t = 0; t < keys.length; t++) {
          double score = 0;
          for (int d = 0; d < dim; d++) {
            score += (double) queries[g * dim + d] * keys[t][d];
          }
          shares[t] = Math.exp(score);
          sum += shares[t];
        }
        for (int t = 0; t < keys.length; t++) {
          for (int d = 0; d < dim; d++) {
            mixed[g * dim + d] += (shares[t] / sum) * values[t][d];
          }
        }
      }
      return mixed;
    }

    private float[] joined(float[][] rows) {
      float[] all = new float[rows.length * dim];
      for (int t = 0; t < rows.length; t++) {
        System.arraycopy(rows[t], 0, all, t * dim, dim);
      }
      return all;
    }
  }
}
