package dev.atrium.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.atrium.engine.kernel.Weights;
import java.util.Comparator;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RankingTest {

  private static final int VOCAB = 5_001;

  private final float[] logits = Weights.room(VOCAB);
  private final Weights weights = new Weights(VOCAB);
  private final Ranking ranking = new Ranking(logits, weights);

  @Test
  void takesTheBestInOrderHoweverMany() {
    Random random = new Random(1);
    for (double spread : new double[] { 0, 0.01, 1, 8 }) {
      fill(_ -> spread * random.nextGaussian());
      takesAllInOrder(Weights.largest(logits));
    }
  }

  @Test
  void findsThoseToo() {
    Random random = new Random(1);
    // As many equal ones as there are in bf16.
    fill(_ -> Math.rint(8 * random.nextGaussian()) / 8);
    int[] order = order();
    for (int n : new int[] { 1, 2, 63, 64, 65, 256, VOCAB }) {
      ranking.findBest(n);
      assertThat(IntStream.range(0, n).map(ranking::best).toArray()).isEqualTo(first(order, n));
    }
  }

  @Test
  void noneIsLostAtTheEdgeOfABucket() {
    // The 930th of 4,096 parts of 88 begins there. Down from 20 a float has fewer digits than near 0.
    double edge = 20 - (930 * 88) / 4096.0;
    fill(id -> edge + (id - VOCAB / 2) * 1e-8);
    logits[7] = 20;
    takesAllInOrder(20);
  }

  @Test
  void stopsWhereItIsEnough() {
    fill(id -> id == 70 ? 1 : 0);
    weights.weigh(logits, 1, 1, 0);
    ranking.spread(1, 1, 0);
    double each = Math.exp(-1);
    assertThat(ranking.take(VOCAB, 0.5)).isEqualTo(70);
    assertThat(ranking.take(VOCAB, 1 + 0.5 * each)).isZero();
    assertThat(ranking.take(VOCAB, 1 + 99.5 * each)).isEqualTo(100);
    assertThat(ranking.taken()).isEqualTo(101);
    assertThat(ranking.mass()).isCloseTo(1 + 100 * each, within(1e-4));
    assertThat(ranking.take(VOCAB, 1e9)).isEqualTo(VOCAB - 1);
    assertThat(ranking.count(1)).isEqualTo(1);
    assertThat(ranking.count(0.9 * each)).isEqualTo(VOCAB);
  }

  private void takesAllInOrder(float largest) {
    weights.weigh(logits, largest, 1, 0);
    ranking.spread(largest, 1, 0);
    int[] order = order();
    for (int most = 1; most <= VOCAB; most += 50) {
      assertThat(ranking.take(most, Double.POSITIVE_INFINITY)).isEqualTo(order[most - 1]);
      assertThat(ranking.taken()).isEqualTo(most);
    }
  }

  private void fill(IntToDoubleFunction logit) {
    for (int id = 0; id < VOCAB; id++) {
      logits[id] = (float) logit.applyAsDouble(id);
    }
  }

  /** Adding makes one of the two zeros. */
  private int[] order() {
    return IntStream.range(0, VOCAB)
      .boxed()
      .sorted(Comparator.<Integer>comparingDouble(id -> -(logits[id] + 0f)).thenComparing(id -> id))
      .mapToInt(id -> id)
      .toArray();
  }

  private static int[] first(int[] order, int n) {
    return IntStream.range(0, n)
      .map(i -> order[i])
      .toArray();
  }
}
