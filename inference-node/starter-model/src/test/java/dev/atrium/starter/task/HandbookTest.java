package dev.atrium.starter.task;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Answers quote the rule that covers the question, or say that there is none. */
class HandbookTest {

  private static final Tasks TASKS = new Tasks();
  private static final int DRAWS = 300;

  @ParameterizedTest
  @EnumSource(Split.class)
  void quotesTheRuleThatSaysIt(Split split) {
    assertThat(TASKS.of("handbook", split, DRAWS, 31))
      .filteredOn(task -> !task.slots().isEmpty())
      .hasSizeGreaterThan(DRAWS)
      .allSatisfy(task -> {
        var value = task.slots().getFirst();
        var rule = task.slots().getLast();
        assertThat(rule).contains(value);
        assertThat(task.answer()).endsWith("“" + rule + "”");
        assertThat(task.messages().getLast().content()).containsOnlyOnce(rule);
      });
  }

  @ParameterizedTest
  @EnumSource(Split.class)
  void saysSoWhereNoRuleCoversTheQuestion(Split split) {
    var sentences = TASKS.of("handbook", split, DRAWS, 32)
      .stream()
      .filter(task -> task.slots().isEmpty())
      .map(Task::answer)
      .toList();
    assertThat(sentences).hasSizeGreaterThan(DRAWS / 4);
    assertThat(sentences.stream().distinct()).containsExactlyInAnyOrder(
      "The text does not say that.",
      "文中没有提到。"
    );
  }
}
