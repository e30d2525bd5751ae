package dev.atrium.engine;

import static dev.atrium.engine.Harness.SMALL;
import static dev.atrium.engine.Harness.greedy;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class PositionsTest {

  private static final EngineConfig ONE = SMALL.withMaxBatch(1).withMaxWaiting(40);

  @Test
  void areToldAtMostTwiceASecondHoweverFastTheQueueMoves() {
    try (Harness h = new Harness(ONE, 1000, 4000, Harness::mixed)) {
      h.secondsAStep = 0;
      for (int i = 0; i < 30; i++) {
        h.engine.submit(greedy("s" + i, "go", 2));
      }
      long began = h.now;
      while (h.engine.hasWork()) {
        h.now += 20_000_000;
        h.step();
      }
      double seconds = (h.now - began) / 1e9;
      List<EngineEvent.Queued> told = h.of("s29", EngineEvent.Queued.class);
      assertThat(told).hasSizeBetween(2, (int) (2 * seconds) + 2);
      assertThat(told.getFirst().position())
        .as("at once, when the first has its place")
        .isEqualTo(29);
      assertThat(told)
        .extracting(EngineEvent.Queued::position)
        .isSortedAccordingTo((a, b) -> b - a);
    }
  }

  @Test
  void theWaitIsWhatThoseBeforeTook() {
    try (Harness h = new Harness(ONE, 1000, 4000, Harness::mixed)) {
      for (int i = 0; i < 6; i++) {
        h.engine.submit(greedy("s" + i, "go", 10));
      }
      h.step();
      assertThat(h.of("s5", EngineEvent.Queued.class).getLast().expectedWait()).isZero();
      // Each takes ten steps of a second.
      while (h.of("s3", EngineEvent.Started.class).isEmpty()) {
        h.step();
      }
      EngineEvent.Queued last = h.of("s5", EngineEvent.Queued.class).getLast();
      assertThat(last.position()).isEqualTo(2);
      assertThat(last.expectedWait()).isBetween(Duration.ofSeconds(17), Duration.ofSeconds(21));
    }
  }

  @Test
  void aRestWithoutAQueueSaysNothingAboutTheWait() {
    try (Harness h = new Harness(ONE, 1000, 4000, Harness::mixed)) {
      h.engine.submit(greedy("a", "go", 5));
      h.runDry();
      h.now += Duration.ofHours(1).toNanos();
      h.engine.submit(greedy("b", "go", 5));
      h.engine.submit(greedy("c", "go", 5));
      h.engine.submit(greedy("d", "go", 5));
      h.runDry();
      assertThat(h.of("d", EngineEvent.Queued.class).getLast().expectedWait()).isLessThan(
        Duration.ofSeconds(12)
      );
    }
  }

  @Test
  void aDepartmentThatGotLessIsAheadOfOneThatFloods() {
    try (Harness h = new Harness(ONE, 1000, 4000, Harness::mixed)) {
      for (int i = 0; i < 10; i++) {
        h.engine.submit(greedy("flood" + i, "go", 20).by(new Party("loud", "u"), 0));
      }
      h.step();
      h.engine.submit(greedy("late", "go", 20).by(new Party("quiet", "v"), 0));
      h.step();
      assertThat(h.of("late", EngineEvent.Queued.class).getFirst().position()).isEqualTo(1);
      h.runDry();
      assertThat(h.events.indexOf(h.finished("late"))).isLessThan(
        h.events.indexOf(h.finished("flood2"))
      );
    }
  }
}
