package dev.atrium.hub.generation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LossesTest {

  private final Losses losses = new Losses();

  @Test
  void sixAttemptsInARowThatCameToNothingAreTooMany() {
    lose(5, 0);
    assertThat(losses.tooMany()).isFalse();
    lose(1, 3);
    assertThat(losses.tooMany()).isTrue();
  }

  @Test
  void anAnswerThatGoesOnBetweenItsNodesEndsIsTriedOn() {
    lose(5, 0);
    lose(1, 40);
    lose(5, 0);
    assertThat(losses.tooMany()).isFalse();
  }

  @Test
  void twentyLossesAreTooManyHoweverFarItGot() {
    lose(19, 1_000);
    assertThat(losses.tooMany()).isFalse();
    lose(1, 1_000);
    assertThat(losses.tooMany()).isTrue();
  }

  @Test
  void aFirstAttemptFollowsNone() {
    assertThat(losses.any()).isFalse();
    lose(1, 0);
    assertThat(losses.any()).isTrue();
  }

  private void lose(int times, int delivered) {
    for (int i = 0; i < times; i++) {
      losses.add(delivered);
    }
  }
}
