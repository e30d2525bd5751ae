package dev.atrium.stress.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class CutTest {

  private static final Duration RUN = Duration.ofMinutes(14);

  @Test
  void aSeedRepeatsThem() {
    Duration longest = Duration.ofMinutes(10);
    assertThat(Cut.plan(7, 50, longest, RUN)).isEqualTo(Cut.plan(7, 50, longest, RUN));
    assertThat(Cut.plan(7, 50, longest, RUN)).isNotEqualTo(Cut.plan(8, 50, longest, RUN));
  }

  @Test
  void mostAreShortSomeLastMoreThanAMinuteAndAFewTheLongestTime() {
    List<Long> millis = Cut.plan(1, 1_000, Duration.ofMinutes(10), RUN)
      .stream()
      .map(Cut::millis)
      .sorted()
      .toList();
    assertThat(millis.get(100)).isLessThan(50);
    assertThat(millis.get(500)).isBetween(100L, 1_000L);
    assertThat(millis.stream().filter(m -> m > 60_000)).hasSize(40);
    assertThat(millis.stream().filter(m -> m == 600_000)).hasSize(10);
  }

  @Test
  void everybodyIsBackBeforeTheEnd() {
    assertThat(Cut.plan(1, 1_000, Duration.ofMinutes(10), RUN)).allSatisfy(cut ->
      assertThat(cut.atMillis() + cut.millis()).isLessThan(RUN.toMillis())
    );
  }

  @Test
  void eachWayOfLosingAConnectionIsAmongThem() {
    assertThat(Cut.plan(1, 100, Duration.ofSeconds(8), Duration.ofSeconds(30)))
      .extracting(Cut::way)
      .contains(Cut.Way.values());
  }
}
