package dev.atrium.stress.figures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class FiguresTest {

  private static final long SECOND = 1_000_000_000L;

  @Test
  void percentilesAreExactToTwoPercent() {
    Histogram histogram = new Histogram();
    for (int millis = 1; millis <= 1_000; millis++) {
      histogram.add(millis * 1_000L);
    }
    assertThat(histogram.millisAt(0.5)).isCloseTo(500, within(10.0));
    assertThat(histogram.millisAt(0.99)).isCloseTo(990, within(20.0));
    assertThat(histogram.maxMillis()).isEqualTo(1_000);
    assertThat(histogram.count()).isEqualTo(1_000);
  }

  @Test
  void nothingHasNoPercentiles() {
    assertThat(new Histogram().millisAt(0.99)).isZero();
  }

  @Test
  void whatTheWarmUpTookIsNotInTheDurations() {
    Figures figures = new Figures();
    figures.latency.add(900_000);
    figures.saved.add(800_000);
    figures.warm();
    figures.latency.add(5_000);
    assertThat(figures.latency.count()).isEqualTo(1);
    assertThat(figures.latency.maxMillis()).isEqualTo(5);
    assertThat(figures.saved.count()).isZero();
  }

  @Test
  void eachSecondOfATimelineStandsByItself() {
    Timeline timeline = new Timeline();
    timeline.add(90_000);
    timeline.next();
    timeline.add(4_000);
    timeline.add(6_000);
    timeline.next();
    assertThat(timeline.seconds())
      .extracting(Timeline.Second::count, Timeline.Second::maxMillis)
      .containsExactly(tuple(1L, 90.0), tuple(2L, 6.0));
  }

  @Test
  void aStreamThatStoodStillIsTimedFromItsFault() {
    Stalls stalls = new Stalls();
    Stalls.AfterFault fault = stalls.fault("kill-node", 10 * SECOND);
    stalls.text(9_950_000_000L, 12 * SECOND);
    assertThat(fault.stood().count()).isEqualTo(1);
    assertThat(fault.stood().maxMillis()).isEqualTo(2_000);
  }

  @Test
  void aStreamThatWentOnWasNotHit() {
    Stalls stalls = new Stalls();
    Stalls.AfterFault fault = stalls.fault("kill-node", 10 * SECOND);
    stalls.text(9_990_000_000L, 10_040_000_000L);
    stalls.text(30 * SECOND, 31 * SECOND);
    assertThat(fault.stood().count()).isZero();
  }

  @Test
  void theFaultThatCameFirstIsToBlame() {
    Stalls stalls = new Stalls();
    Stalls.AfterFault first = stalls.fault("kill-node", 10 * SECOND);
    Stalls.AfterFault second = stalls.fault("kill-hub", 12 * SECOND);
    stalls.text(9_990_000_000L, 13 * SECOND);
    assertThat(first.stood().maxMillis()).isEqualTo(3_000);
    assertThat(second.stood().count()).isZero();
  }
}
