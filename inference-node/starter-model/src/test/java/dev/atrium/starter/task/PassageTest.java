package dev.atrium.starter.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.starter.corpus.Language;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is asked of a passage stands in it once, or not at all. */
class PassageTest {

  private static final Pattern MARKED = Pattern.compile(" \\[(\\d)]$");
  private static final Tasks TASKS = new Tasks();

  private static Stream<Passage> passages(Split split, boolean tells) {
    var random = new SplittableRandom(4);
    return Stream.of(Language.values()).flatMap(language ->
      IntStream.range(0, 300).mapToObj(_ ->
        Passage.draw(new Draw(language, split, random), tells, Relation.all())
      )
    );
  }

  @ParameterizedTest
  @EnumSource(Split.class)
  void tellsWhatIsAskedOnceOnly(Split split) {
    passages(split, true).forEach(passage -> {
        assertThat(passage.lines()).hasSizeLessThanOrEqualTo(6);
        assertThat(passage.told())
          .filteredOn(f -> same(f, passage))
          .hasSize(1);
        assertThat(passage.lines())
          .filteredOn(line -> line.contains(passage.asked().value()))
          .containsExactly(passage.asked().sentence());
      });
  }

  @ParameterizedTest
  @EnumSource(Split.class)
  void doesNotTellWhatIsAbsent(Split split) {
    passages(split, false).forEach(passage -> {
        assertThat(passage.told())
          .isNotEmpty()
          .noneMatch(f -> same(f, passage));
        assertThat(passage.lines()).noneMatch(line -> line.contains(passage.asked().value()));
      });
  }

  @ParameterizedTest
  @EnumSource(Split.class)
  void asksForTheSubjectThatIsThereWhenTheRelationIsAbsent(Split split) {
    assertThat(passages(split, false))
      .filteredOn(passage ->
        passage
          .told()
          .stream()
          .anyMatch(f -> f.subject().equals(passage.asked().subject()))
      )
      .hasSizeGreaterThan(100);
  }

  @ParameterizedTest
  @EnumSource(Split.class)
  void marksTheLineThatSaysIt(Split split) {
    int marks = 0;
    for (var task : TASKS.of("lookup", split, 300, 5)) {
      var marked = MARKED.matcher(task.answer());
      if (!marked.find()) continue;
      marks++;
      assertThat(task.messages().getLast().content().lines())
        .filteredOn(line -> line.contains("[" + marked.group(1) + "] "))
        .singleElement()
        .asString()
        .contains(task.slots().getFirst());
    }
    assertThat(marks).isGreaterThan(200);
  }

  @ParameterizedTest
  @EnumSource(Split.class)
  void asksForUnseenValuesWhereTheSplitSaysSo(Split split) {
    TASKS.of("lookup", split, 300, 6).forEach(task ->
      assertThat(Entities.isUnseen(task.slots().getFirst())).isEqualTo(
        split == Split.UNSEEN_ENTITIES
      )
    );
  }

  @ParameterizedTest
  @EnumSource(Split.class)
  void answersAreOneOfTheHonestSentences(Split split) {
    TASKS.of("absent", split, 50, 7).forEach(task ->
      assertThat(task.right()).hasSize(4).doesNotHaveDuplicates()
    );
    assertThat(TASKS.of("absent", split, 50, 7).stream().map(Task::answer).distinct()).hasSize(8);
  }

  private static boolean same(Passage.Fact fact, Passage passage) {
    var asked = passage.asked();
    return fact.relation() == asked.relation() && fact.subject().equals(asked.subject());
  }
}
