package dev.atrium.starter.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.starter.corpus.Corpus;
import dev.atrium.starter.corpus.Language;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What is special to the families that write and think: the answers are right. */
class WritingTest {

  private static final Pattern GAP = Pattern.compile("\\[[^\\]]+\\]");
  private static final Pattern ENGLISH_DATE = Pattern.compile("\\d{1,2} [A-Z][a-z]+ 20\\d\\d");
  private static final Pattern CHINESE_DATE = Pattern.compile("20\\d\\d年\\d{1,2}月\\d{1,2}日");

  private static List<Task> drawn(String family) {
    return new Tasks().of(family, Split.TRAINED, 600, 21);
  }

  @Test
  void aMailHasAGapForEachFactThatIsNotTold() {
    var tasks = drawn("mail");
    for (var task : tasks) {
      assertThat(GAP.matcher(task.answer()).results().count()).isBetween(0L, 2L);
    }
    assertThat(
      tasks
        .stream()
        .filter(task -> GAP.matcher(task.answer()).find())
        .count()
    ).isBetween((long) (tasks.size() * 0.3), (long) (tasks.size() * 0.7));
  }

  @Test
  void aMailWithoutAnyFactIsTheNoteWithGapsOfTheCorpus() {
    var corpus = new Corpus(1);
    var templates = new Templates("mail");
    var intents = Map.of(
      "leave",
      "leave-request",
      "invite",
      "invitation",
      "thanks",
      "thank-mail",
      "sick",
      "mail-sick",
      "offer",
      "mail-offer"
    );
    var slots = List.of("to me start end topic date time place help back item due".split(" ", -1));
    for (var language : Language.values()) {
      var draw = new Draw(language, Split.TRAINED, new SplittableRandom(1));
      var gaps = Facts.gaps(draw, templates, slots, Map.of());
      intents.forEach((kind, intent) -> {
        var layout = draw.fixed(templates, "answer." + kind, gaps);
        assertThat(corpus.answers(intent, language)).contains(layout);
      });
    }
  }

  @Test
  void whatHasToBeCalculatedIsRefused() {
    for (var family : List.of("sums", "dates")) {
      assertThat(drawn(family)).allMatch(
        task -> task.right().size() == 4 && task.slots().isEmpty()
      );
    }
  }

  @Test
  void sumsAreRefusedAsInTheCorpus() {
    var corpus = new Corpus(1);
    for (var language : Language.values()) {
      assertThat(Sums.refusals(language)).isEqualTo(corpus.answers("sums", language));
    }
  }

  @Test
  void aTicketGetsACategoryThatIsGiven() {
    for (var task : drawn("classify")) {
      var question = task.messages().getFirst().content();
      assertThat(question).contains(task.answer());
      assertThat(task.answer()).doesNotContain(" ");
    }
  }
}
