package dev.atrium.starter.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.engine.text.ChatMessage;
import dev.atrium.starter.evaluation.Evaluation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every family keeps, so that what is measured was never met. */
class TasksTest {

  private static final int DRAWS = 300;
  private static final Tasks TASKS = new Tasks();

  static Stream<String> families() {
    return TASKS.families().stream();
  }

  @ParameterizedTest
  @MethodSource("families")
  void drawsTheSameForTheSameSeed(String family) {
    for (var split : Split.values()) {
      assertThat(TASKS.of(family, split, 20, 7)).isEqualTo(TASKS.of(family, split, 20, 7));
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void whatIsMeasuredWasNotTrainedOn(String family) {
    var trained = TASKS.of(family, Split.TRAINED, 4 * DRAWS, 1)
      .stream()
      .map(TasksTest::chat)
      .collect(Collectors.toSet());
    for (var split : new Split[] { Split.UNSEEN_TEMPLATES, Split.UNSEEN_ENTITIES }) {
      var measured = new HashSet<String>();
      TASKS.of(family, split, DRAWS, 2).forEach(task -> measured.add(chat(task)));
      assertThat(measured)
        .as(split.name())
        .hasSizeGreaterThan(30)
        .doesNotContainAnyElementsOf(trained);
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void slotsStandInTheChat(String family) {
    for (var split : Split.values()) {
      for (var task : TASKS.of(family, split, DRAWS, 3)) {
        assertThat(task.slots()).allMatch(chat(task)::contains, "in " + chat(task));
        assertThat(task.messages().getLast().role()).isEqualTo("user");
        assertThat(task.answer()).isNotBlank().isEqualTo(task.answer().strip());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = { "in-scope.en", "in-scope.zh", "out-of-scope.en", "out-of-scope.zh" })
  void whatWasWrittenByHandIsNotAmongTheTasks(String file) throws IOException {
    var drawn = new HashSet<String>();
    for (var family : TASKS.families()) {
      TASKS.of(family, Split.TRAINED, DRAWS, 4).forEach(task ->
        drawn.add(task.messages().getLast().content())
      );
    }
    try (var in = Evaluation.class.getResourceAsStream(file + ".txt")) {
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8).lines())
        .hasSizeGreaterThan(50)
        .map(line -> line.replaceFirst(".*\t", ""))
        .doesNotContainAnyElementsOf(drawn);
    }
  }

  private static String chat(Task task) {
    return task.messages().stream().map(ChatMessage::content).collect(Collectors.joining("\n"));
  }
}
