package dev.atrium.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the same in 64 bits; widths with lanes left over and without. */
class RowsTest {

  private static final double CLOSE = 1e-5;

  private final RandomGenerator random = RandomGenerator.of("L64X128MixRandom");

  @ParameterizedTest
  @ValueSource(ints = { 3, 16, 50, 576 })
  void theNormHasTheLengthOfOneTimesItsWeights(int width) {
    try (Arena arena = Arena.ofConfined()) {
      float[] x = Memory.random(random, width, 3);
      float[] w = Memory.random(random, width, 2);
      float least = 0.1f;
      double squares = least * least;
      for (float v : x) {
        squares += (double) v * v;
      }
      Memory from = Memory.of(arena, x);
      Memory weight = Memory.of(arena, w);
      Memory to = Memory.zeros(arena, width);
      Rows.norm(from.address(), weight.address(), width, least, to.address());
      float[] norm = to.numbers();
      double most = 0;
      for (int i = 0; i < width; i++) {
        assertThat((double) norm[i]).isCloseTo((x[i] * w[i]) / Math.sqrt(squares), within(CLOSE));
        most = Math.max(most, Math.abs(norm[i]));
      }
      float factor = Rows.sizedNorm(from.address(), weight.address(), width, least, to.address());
      assertThat((double) factor).isCloseTo(most, within(CLOSE));
      float[] sized = to.numbers();
      for (int i = 0; i < width; i++) {
        assertThat(sized[i]).isBetween(-1.000001f, 1.000001f);
        assertThat((double) sized[i] * factor).isCloseTo(norm[i], within(CLOSE));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = { 3, 16, 50, 576 })
  void aRowThatFitsIsItselfTimesItsSize(int width) {
    try (Arena arena = Arena.ofConfined()) {
      float[] x = Memory.random(random, width, 7);
      x[width - 1] = -9;
      Memory row = Memory.of(arena, x);
      assertThat(Rows.fit(row.address(), width)).isEqualTo(9);
      float[] fitting = row.numbers();
      assertThat(fitting[width - 1]).isEqualTo(-1, within(1e-6f));
      for (int i = 0; i < width; i++) {
        assertThat(fitting[i] * 9).isEqualTo(x[i], within(1e-5f));
      }
      Memory zeros = Memory.zeros(arena, width);
      assertThat(Rows.fit(zeros.address(), width)).isPositive();
      assertThat(zeros.numbers()).containsOnly(0);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = { 3, 16, 50, 576 })
  void aProductJoinsByItsSizeWithItsBias(int width) {
    try (Arena arena = Arena.ofConfined()) {
      float[] x = Memory.random(random, width, 1);
      float[] product = Memory.random(random, width, 1);
      float[] bias = Memory.random(random, width, 1);
      Memory sum = Memory.of(arena, x);
      Memory with = Memory.of(arena, x);
      Memory settled = Memory.of(arena, product);
      long p = Memory.of(arena, product).address();
      long b = Memory.of(arena, bias).address();
      Rows.join(sum.address(), p, width, 2.5f, 0);
      Rows.join(with.address(), p, width, 2.5f, b);
      Rows.settle(settled.address(), width, 2.5f, b);
      for (int i = 0; i < width; i++) {
        assertThat(sum.numbers()[i]).isEqualTo(x[i] + 2.5f * product[i], within(1e-6f));
        assertThat(with.numbers()[i]).isEqualTo(x[i] + 2.5f * product[i] + bias[i], within(1e-6f));
        assertThat(settled.numbers()[i]).isEqualTo(2.5f * product[i] + bias[i], within(1e-6f));
      }
      Memory alone = Memory.of(arena, product);
      Rows.settle(alone.address(), width, 1, 0);
      assertThat(alone.numbers()).isEqualTo(product);
      Rows.settle(alone.address(), width, 2.5f, 0);
      for (int i = 0; i < width; i++) {
        assertThat(alone.numbers()[i]).isEqualTo(2.5f * product[i]);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = { 3, 16, 50, 576 })
  void theGateIsSiluTimesUp(int width) {
    try (Arena arena = Arena.ofConfined()) {
      float[] both = Memory.random(random, 2 * width, 20);
      Memory to = Memory.zeros(arena, width);
      Rows.gate(Memory.of(arena, both).address(), width, to.address());
      for (int i = 0; i < width; i++) {
        double silu = both[i] / (1 + Math.exp(-both[i]));
        double expected = silu * both[width + i];
        assertThat((double) to.numbers()[i]).isCloseTo(expected, within(CLOSE * 400));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = { 4, 32, 64, 80 })
  void aHeadTurnsByItsAngles(int dim) {
    try (Arena arena = Arena.ofConfined()) {
      float[] head = Memory.random(random, dim, 1);
      float[] turn = new float[dim];
      double[] angles = new double[dim / 2];
      for (int i = 0; i < dim / 2; i++) {
        angles[i] = random.nextDouble() * 6;
        turn[i] = (float) Math.cos(angles[i]);
        turn[dim / 2 + i] = (float) Math.sin(angles[i]);
      }
      Memory turned = Memory.of(arena, head);
      Rows.turn(turned.address(), dim, Memory.of(arena, turn).address());
      float[] result = turned.numbers();
      for (int i = 0; i < dim / 2; i++) {
        double a = head[i];
        double b = head[dim / 2 + i];
        double cos = Math.cos(angles[i]);
        double sin = Math.sin(angles[i]);
        assertThat((double) result[i]).isCloseTo(a * cos - b * sin, within(CLOSE));
        assertThat((double) result[dim / 2 + i]).isCloseTo(b * cos + a * sin, within(CLOSE));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = { 3, 16, 50, 1_024, 1_030, 4_999 })
  void theLikeliestIsTheFirstOfTheLargest(int width) {
    try (Arena arena = Arena.ofConfined()) {
      for (int at : new int[] { 0, width / 2, width - 1 }) {
        float[] x = Memory.random(random, width, 1);
        for (int i = 0; i < width; i++) {
          x[i] -= 5;
        }
        x[at] = -2;
        x[width - 1] = -2;
        Memory row = Memory.of(arena, x);
        assertThat(Rows.likeliest(row.address(), width, 3)).isEqualTo(at);
        float[] logits = row.numbers();
        for (int i = 0; i < width; i++) {
          assertThat(logits[i]).isEqualTo(x[i] * 3);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = { 3, 1_030 })
  void amongWhatIsNoNumberNothingIsLikely(int width) {
    try (Arena arena = Arena.ofConfined()) {
      float[] x = new float[width];
      Arrays.fill(x, Float.NaN);
      assertThat(Rows.likeliest(Memory.of(arena, x).address(), width, 1)).isZero();
      x[width - 1] = 1;
      Arrays.fill(x, 0, width - 1, Float.NEGATIVE_INFINITY);
      assertThat(Rows.likeliest(Memory.of(arena, x).address(), width, 1)).isEqualTo(width - 1);
    }
  }
}
