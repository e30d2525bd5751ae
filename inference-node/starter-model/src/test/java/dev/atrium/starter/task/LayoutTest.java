package dev.atrium.starter.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.starter.corpus.Language;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Lists, tables and JSON hold what the text holds, in its order and nothing else. */
class LayoutTest {

  private static final Pattern NUMBERED = Pattern.compile("(\\d)\\. (.+)");
  private static final Pattern FIELD = Pattern.compile("\"([^\"]+)\": \"([^\"]+)\"");
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
          .hasSizeBetween(4, 6)
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
    int numbered = 0;
    for (var task : TASKS.of("list", split, DRAWS, 12)) {
      if (task.slots().isEmpty()) continue;
      var lines = task.answer().lines().toList();
      assertThat(lines).hasSameSizeAs(task.slots());
      int from = 0;
      for (int i = 0; i < lines.size(); i++) {
        var item = task.slots().get(i);
        if (NUMBERED.matcher(lines.get(i)).matches()) {
          assertThat(lines.get(i)).isEqualTo((i + 1) + ". " + item);
          numbered++;
        } else {
          assertThat(lines.get(i)).isEqualTo("- " + item);
        }
        int at = question(task).indexOf(item, from);
        assertThat(at).as(item).isNotNegative();
        from = at + item.length();
      }
    }
    assertThat(numbered).isGreaterThan(DRAWS / 4);
  }

  @ParameterizedTest
  @EnumSource(Split.class)
  void countsUpToSix(Split split) {
    assertThat(
      TASKS.of("list", split, DRAWS, 13)
        .stream()
        .filter(task -> task.slots().isEmpty())
    ).allSatisfy(task -> {
        int enumerated = question(task).split(", | and |、|和", -1).length;
        int said = Integer.parseInt(task.answer().replaceAll("\\D", ""));
        assertThat(said).isBetween(2, 6).isLessThanOrEqualTo(enumerated);
      });
  }

  @ParameterizedTest
  @EnumSource(Split.class)
  void whatIsPickedOutStandsInThatOrder(Split split) {
    for (var task : TASKS.of("extract", split, DRAWS, 14)) {
      if (task.answer().startsWith("{")) continue;
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

  @ParameterizedTest
  @EnumSource(Split.class)
  void objectsHoldTheFieldsThatWereAskedFor(Split split) {
    assertThat(
      TASKS.of("extract", split, DRAWS, 16)
        .stream()
        .filter(task -> task.answer().startsWith("{"))
    )
      .hasSizeGreaterThan(DRAWS / 4)
      .allSatisfy(task -> {
        var fields = FIELD.matcher(task.answer()).results().toList();
        assertThat(fields)
          .extracting(field -> field.group(2))
          .isEqualTo(task.slots());
        assertThat(fields).allMatch(field -> question(task).contains(field.group(1)));
      });
  }

  private static String question(Task task) {
    return task.messages().getLast().content();
  }

  private static List<String> cells(String row) {
    return List.of(row.substring(2, row.length() - 2).split(" \\| "));
  }
}
