package dev.atrium.starter.task;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What was told is asked for in the last turn only. */
class FollowTest {

  private static final Tasks TASKS = new Tasks();
  private static final int DRAWS = 300;

  @ParameterizedTest
  @EnumSource(Split.class)
  void theQuestionDoesNotGiveTheAnswerAway(Split split) {
    TASKS.of("follow", split, DRAWS, 21).forEach(task -> {
        assertThat(task.messages()).hasSizeBetween(3, 7);
        for (var slot : task.slots()) {
          assertThat(task.messages().getLast().content()).doesNotContain(slot);
        }
      });
  }

  @ParameterizedTest
  @EnumSource(Split.class)
  void admitsWhatWasNeverTold(Split split) {
    assertThat(TASKS.of("follow", split, DRAWS, 23))
      .filteredOn(task -> task.slots().isEmpty())
      .hasSizeGreaterThan(DRAWS / 10)
      .allSatisfy(task -> assertThat(task.right()).hasSize(1));
  }
}
