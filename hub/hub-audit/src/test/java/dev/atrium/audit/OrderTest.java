package dev.atrium.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class OrderTest {

  @Test
  void leavesOutWhatStandsElsewhere() {
    assertThat(Order.longestRising(new int[] { 0, 5, 2, 3, 4, 1, 6 }).toString()).isEqualTo(
      "{0, 2, 3, 4, 6}"
    );
    assertThat(Order.longestRising(new int[] { 0, -1, 1 }).toString()).isEqualTo("{0, 2}");
    assertThat(Order.longestRising(new int[0]).isEmpty()).isTrue();
  }

  @Test
  void isAsLongAsCanBe() {
    Random random = new Random(1);
    for (int round = 0; round < 300; round++) {
      int[] numbers = random.ints(random.nextInt(1, 40), 0, 30).toArray();
      var rising = Order.longestRising(numbers);
      int[] chosen = rising
        .stream()
        .map(i -> numbers[i])
        .toArray();
      for (int i = 1; i < chosen.length; i++) {
        assertThat(chosen[i]).isGreaterThan(chosen[i - 1]);
      }
      assertThat(chosen).hasSize(longest(numbers));
    }
  }

  private static int longest(int[] numbers) {
    int[] ending = new int[numbers.length];
    int best = 0;
    for (int i = 0; i < numbers.length; i++) {
      ending[i] = 1;
      for (int j = 0; j < i; j++) {
        if (numbers[j] < numbers[i]) {
          ending[i] = Math.max(ending[i], ending[j] + 1);
        }
      }
      best = Math.max(best, ending[i]);
    }
    return best;
  }
}
