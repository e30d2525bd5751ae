package dev.atrium.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TempoTest {

  private final Tempo tempo = new Tempo(1);
  private long elapsed;
  private long longest;
  private int read;
  private int steps;

  /** A step in which others write; reads by blocks as far as it may. */
  private void step(long writing, int block, long perToken) {
    int blocks = (tempo.mayRead(256) + block - 1) / block;
    int tokens = tempo.mayRead(256) == 0 ? 0 : Math.max(1, tempo.mayRead(256) / block) * block;
    long nanos = writing + tokens * perToken;
    tempo.took(7, tokens, nanos);
    assertThat(tokens).isLessThanOrEqualTo(blocks * block);
    elapsed += nanos;
    longest = Math.max(longest, nanos);
    read += tokens;
    steps++;
  }

  private void writeAlone(long writing) {
    for (int i = 0; i < 5; i++) {
      tempo.took(7, 0, writing);
    }
  }

  @Test
  void readingTakesLessTimeThanWriting() {
    writeAlone(50);
    while (read < 4_000) {
      step(50, 8, 6);
    }
    assertThat(elapsed).isLessThanOrEqualTo((long) (1.85 * 50 * steps));
    assertThat(longest).isLessThanOrEqualTo(2 * 50);
    assertThat(steps).as("it is not read in crumbs either").isLessThan(700);
  }

  @Test
  void aBlockThatTakesLongerThanWritingIsReadNowAndThen() {
    writeAlone(50);
    while (read < 400) {
      step(50, 16, 10);
    }
    assertThat(elapsed).isBetween((long) (1.5 * 50 * steps), (long) (1.9 * 50 * steps));
    assertThat(longest).isEqualTo(50 + 160);
  }

  @Test
  void withManyWhoWriteMoreIsReadInAStep() {
    writeAlone(1_000);
    while (read < 4_000) {
      step(1_000, 16, 10);
    }
    assertThat(elapsed).isLessThanOrEqualTo(2L * 1_000 * steps);
    assertThat(read / steps).isGreaterThan(64);
  }

  @Test
  void whereAStepHasAPriceAndATokenHardlyAnyManyAreReadAtOnce() {
    // Microseconds of a GPU: a step as a graph, one that is launched, 4 µs more for each token.
    Tempo gpu = new Tempo(256);
    gpu.took(7, 0, 2_000);
    int left = 1_100;
    int mixed = 0;
    while (left > 0) {
      int tokens = Math.min(left, gpu.mayRead(4_096));
      long nanos = tokens == 0 ? 2_000 : 5_800 + 4L * tokens;
      gpu.took(7, tokens, nanos);
      left -= tokens;
      mixed += tokens > 0 ? 1 : 0;
      elapsed += nanos;
      steps++;
    }
    assertThat(mixed).isLessThanOrEqualTo(5);
    assertThat(elapsed).isLessThanOrEqualTo((long) (1.85 * 2_000 * steps) + 4_824);
    assertThat(gpu.mayRead(100)).as("never more than the step holds").isLessThanOrEqualTo(100);
  }

  @Test
  void nobodyWaitsLongAfterAStepThatTookLongForAnotherReason() {
    writeAlone(50);
    step(50, 16, 1);
    tempo.took(7, 16, 1_000_000);
    int pause = 0;
    while (tempo.mayRead(256) == 0) {
      tempo.took(7, 0, 50);
      pause++;
    }
    assertThat(pause).isBetween(1, 20);
  }

  @Test
  void whatTakesNoTimeIsReadAsAWhole() {
    writeAlone(50);
    step(50, 16, 0);
    assertThat(tempo.mayRead(1_000_000)).isEqualTo(1_000_000);
  }

  @Test
  void withoutAnythingKnownTheWholeBudgetMayBeRead() {
    assertThat(tempo.mayRead(256)).isEqualTo(256);
    tempo.took(0, 256, 5_000);
    assertThat(tempo.mayRead(256)).isEqualTo(256);
    tempo.took(1, 256, 5_000);
    assertThat(tempo.mayRead(256)).as("to see what writing takes").isZero();
    tempo.took(1, 0, 1_000);
    assertThat(tempo.mayRead(256)).isPositive().isLessThan(256);
  }
}
