package dev.atrium.starter.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.starter.corpus.Language;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is asked of a passage stands in it once, or not at all. */
class PassageTest {

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
        assertThat(passage.lines()).hasSizeLessThanOrEqualTo(4);
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
  void quotesTheSentenceThatSaysIt(Split split) {
    assertThat(TASKS.of("lookup", split, 300, 5)).allSatisfy(task -> {
        var sentence = task.slots().getLast();
        assertThat(sentence).contains(task.slots().getFirst());
        assertThat(task.answer()).endsWith("“" + sentence + "”");
        assertThat(task.messages().getLast().content()).containsOnlyOnce(sentence);
      });
  }

  @Test
  void passagesGrowInTheCourseOfTraining() {
    assertThat(longest(0)).isEqualTo(1);
    assertThat(longest(0.2)).isEqualTo(2);
    assertThat(longest(1)).isEqualTo(4);
  }

  private static int longest(double progress) {
    var random = new SplittableRandom(8);
    return IntStream.range(0, 200)
      .map(_ -> {
        var draw = new Draw(Language.EN, Split.TRAINED, random, progress);
        return Passage.draw(draw, true, Relation.all()).lines().size();
      })
      .max()
      .orElseThrow();
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
  void thereIsOneHonestSentenceInEachLanguage(Split split) {
    assertThat(TASKS.of("absent", split, 50, 7).stream().map(Task::answer).distinct()).hasSize(2);
  }

  private static boolean same(Passage.Fact fact, Passage passage) {
    var asked = passage.asked();
    return fact.relation() == asked.relation() && fact.subject().equals(asked.subject());
  }
}
