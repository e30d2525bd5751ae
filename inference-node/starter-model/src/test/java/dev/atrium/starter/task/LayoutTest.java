package dev.atrium.starter.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.starter.corpus.Language;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Lists and tables hold what the text holds, in its order and nothing else. */
class LayoutTest {

  private static final Tasks TASKS = new Tasks();
  private static final int DRAWS = 200;

  @ParameterizedTest
  @EnumSource(Split.class)
  void tablesHaveARowForEachFactAndACellForEachColumn(Split split) {
    TASKS.of("table", split, DRAWS, 11).forEach(task -> {
        var rows = task.answer().lines().map(LayoutTest::cells).toList();
        int columns = rows.getFirst().size();
        assertThat(columns).isBetween(2, 3);
        assertThat(rows)
          .hasSizeBetween(3, 5)
          .allMatch(row -> row.size() == columns);
        assertThat(rows.get(1)).containsOnly("---");
        assertThat(rows.stream().skip(2).flatMap(List::stream)).containsExactlyElementsOf(
          task.slots()
        );
      });
  }

  @ParameterizedTest
  @EnumSource(Split.class)
  void listsKeepTheOrderOfTheSentence(Split split) {
    for (var task : TASKS.of("list", split, DRAWS, 12)) {
      var lines = task.answer().lines().toList();
      assertThat(lines).hasSameSizeAs(task.slots());
      int from = 0;
      for (int i = 0; i < lines.size(); i++) {
        var item = task.slots().get(i);
        assertThat(lines.get(i)).isEqualTo("- " + item);
        int at = question(task).indexOf(item, from);
        assertThat(at).as(item).isNotNegative();
        from = at + item.length();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Split.class)
  void whatIsPickedOutStandsInThatOrder(Split split) {
    for (var task : TASKS.of("extract", split, DRAWS, 14)) {
      int from = -1;
      for (var item : task.slots()) {
        int at = question(task).indexOf(item, from + 1);
        assertThat(at).as(item + " in " + question(task)).isGreaterThan(from);
        from = at;
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Split.class)
  void saysNoneWhereThereIsNone(Split split) {
    var none = TASKS.of("extract", split, DRAWS, 15)
      .stream()
      .filter(task -> task.slots().isEmpty())
      .toList();
    assertThat(none).hasSizeGreaterThan(DRAWS / 8);
    assertThat(none).allSatisfy(task -> {
        assertThat(task.answer()).isEqualTo(task.language() == Language.EN ? "None." : "没有。");
        // The plural stands in the question only.
        if (question(task).contains("addresses")) assertThat(question(task)).doesNotContain("@");
        if (question(task).contains(" sums")) {
          assertThat(question(task)).doesNotContain("euros", "dollars", "元");
        }
      });
  }

  private static String question(Task task) {
    return task.messages().getLast().content();
  }

  private static List<String> cells(String row) {
    return List.of(row.substring(2, row.length() - 2).split(" \\| "));
  }
}
