package dev.atrium.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WeightsTest {

  private final Random random = new Random(1);

  @Test
  void weighsWhatTheExponentialSaysAndAddsItUp() {
    float[] logits = logits(1000);
    float largest = Weights.largest(logits);
    Weights weights = new Weights(1000);
    for (double temperature : new double[] { 0.1, 1, 7 }) {
      double exact = 0;
      double total = weights.weigh(logits, largest, temperature, 0);
      for (int id = 0; id < 1000; id++) {
        double weight = Math.exp((logits[id] - largest) / temperature);
        assertThat((double) weights.of(id)).isCloseTo(weight, within(1e-5 * weight + 3e-38));
        exact += weight;
      }
      assertThat(total).isCloseTo(exact, within(1e-6 * exact));
    }
  }

  @Test
  void aBlockIsAddedUpInOneOrderWhateverTheWidthOfVectors() {
    float[] logits = logits(Weights.BLOCK);
    Weights weights = new Weights(Weights.BLOCK);
    double total = weights.weigh(logits, Weights.largest(logits), 1, 0);
    float[] tree = new float[Weights.BLOCK];
    for (int id = 0; id < tree.length; id++) {
      tree[id] = weights.of(id);
    }
    for (int half = tree.length / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        tree[i] += tree[i + half];
      }
    }
    assertThat(total).isEqualTo(tree[0]);
  }

  @Test
  void whatIsFarBelowOrBelowTheLeastWeighsNothing() {
    float[] logits = Weights.room(5);
    logits[0] = 2;
    logits[1] = 2 - 87.5f;
    logits[2] = 1;
    logits[3] = -Float.MAX_VALUE;
    Weights weights = new Weights(5);
    assertThat(weights.weigh(logits, 2, 1, 0)).isCloseTo(1 + Math.exp(-1), within(1e-6));
    assertThat(weights.of(1)).isZero();
    assertThat(weights.of(3)).isZero();
    assertThat(weights.of(4)).isZero();
    assertThat(weights.weigh(logits, 2, 1, 0.5)).isEqualTo(1);
    assertThat(weights.weigh(logits, 2, Double.MIN_VALUE, 0)).isEqualTo(1);
  }

  @Test
  void findsTheTokenThatExceedsAMassAndTheLastWhereNoneDoes() {
    float[] logits = Weights.room(200);
    logits[3] = 0;
    logits[70] = 0;
    logits[71] = 0;
    logits[190] = 0;
    Weights weights = new Weights(200);
    assertThat(weights.weigh(logits, 0, 1, 0)).isEqualTo(4);
    double[] masses = { 0, 0.9, 1, 1.5, 2, 3, 3.99, 4, 100 };
    int[] tokens = { 3, 3, 70, 70, 71, 190, 190, 190, 190 };
    assertThat(Arrays.stream(masses).mapToInt(weights::reaching).toArray()).isEqualTo(tokens);
  }

  @Test
  void theLargestIsFoundInEveryPlaceAndSoIsWhatIsNoNumber() {
    for (int id = 0; id < 130; id++) {
      float[] logits = logits(130);
      logits[id] = 1000;
      assertThat(Weights.largest(logits)).isEqualTo(1000);
      logits[id] = Float.NaN;
      assertThat(Weights.largest(logits)).isNaN();
    }
  }

  @Test
  void tellsWhichOfABlockAreAbove() {
    float[] logits = logits(100);
    for (int block = 0; block < 2; block++) {
      long bits = Weights.above(logits, block, 1);
      for (int i = 0; i < Weights.BLOCK; i++) {
        assertThat((bits >>> i) & 1).isEqualTo(logits[block * Weights.BLOCK + i] > 1 ? 1 : 0);
      }
    }
    assertThat(Weights.above(logits, 1, Float.NEGATIVE_INFINITY)).isEqualTo((1L << 36) - 1);
  }

  private float[] logits(int vocabSize) {
    float[] logits = Weights.room(vocabSize);
    for (int id = 0; id < vocabSize; id++) {
      logits[id] = (float) random.nextGaussian() * 3;
    }
    return logits;
  }
}
