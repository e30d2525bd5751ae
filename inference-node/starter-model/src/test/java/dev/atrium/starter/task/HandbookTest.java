package dev.atrium.starter.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Answers come from the rule that is marked, or say that there is none. */
class HandbookTest {

  private static final Pattern MARKED = Pattern.compile(" \\[(\\d)]$");
  private static final Tasks TASKS = new Tasks();
  private static final int DRAWS = 300;

  @ParameterizedTest
  @EnumSource(Split.class)
  void marksTheRuleThatSaysIt(Split split) {
    int marks = 0;
    for (var task : TASKS.of("handbook", split, DRAWS, 31)) {
      var marked = MARKED.matcher(task.answer());
      if (!marked.find()) continue;
      marks++;
      assertThat(task.messages().getLast().content().lines())
        .filteredOn(line -> line.contains("[" + marked.group(1) + "] "))
        .singleElement()
        .asString()
        .contains(task.slots().getFirst());
    }
    assertThat(marks).isGreaterThan(DRAWS / 2);
  }

  @ParameterizedTest
  @EnumSource(Split.class)
  void namesTheContactWhereNoRuleCoversTheQuestion(Split split) {
    assertThat(TASKS.of("handbook", split, DRAWS, 32))
      .filteredOn(task -> task.right().size() > 1 && !task.slots().isEmpty())
      .hasSizeGreaterThan(DRAWS / 10)
      .allSatisfy(task ->
        assertThat(task.right())
          .hasSize(4)
          .allMatch(answer -> answer.contains(task.slots().getFirst()))
      );
  }
}
