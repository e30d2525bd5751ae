package dev.atrium.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

class LanesTest {

  @Test
  void theExponentialIsWithinTwoUnitsOfTheLastPlace() {
    for (float x = -87; x <= 88; x += 0.0137f) {
      double exact = Math.exp(x);
      assertThat((double) Lanes.exp(x)).isCloseTo(exact, within(2.0 * Math.ulp((float) exact)));
    }
    assertThat(Lanes.exp(0)).isEqualTo(1);
    assertThat(Lanes.exp(Float.NEGATIVE_INFINITY)).isBetween(0f, 2e-38f);
    assertThat(Lanes.exp(1000)).isEqualTo(Lanes.exp(88));
  }

  @Test
  void lanesComputeTheSameExponentialAsOneNumber() {
    float[] x = new float[Lanes.N];
    for (int round = 0; round < 1_000; round++) {
      for (int i = 0; i < Lanes.N; i++) {
        x[i] = -90 + 0.0113f * (round * Lanes.N + i);
      }
      float[] together = Lanes.exp(Lanes.of(x, 0)).toArray();
      for (int i = 0; i < Lanes.N; i++) {
        assertThat(together[i]).isEqualTo(Lanes.exp(x[i]));
      }
    }
  }

  @Test
  void aSumIsThatOfAllLanes() {
    FloatVector ones = Lanes.all(1);
    assertThat(Lanes.sum(ones)).isEqualTo(Lanes.N);
    for (int lane = 0; lane < Lanes.N; lane++) {
      assertThat(Lanes.sum(ones.withLane(lane, 100))).isEqualTo(Lanes.N + 99);
    }
  }

  @Test
  void halvesAreRoundedToEvenNumbers() {
    assertThat(Lanes.rounded(2.5f)).isEqualTo((short) 2);
    assertThat(Lanes.rounded(-3.5f)).isEqualTo((short) -4);
    assertThat(Lanes.rounded(32767)).isEqualTo(Short.MAX_VALUE);
    assertThat(Lanes.rounded(-32767.2f)).isEqualTo((short) -32767);
  }
}
