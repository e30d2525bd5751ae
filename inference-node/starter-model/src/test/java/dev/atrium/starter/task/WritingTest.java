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
  private static final Pattern SUM = Pattern.compile("(\\d+) ([-+×]) (\\d+) = (\\d+)\\D*");

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
        var layout = templates.trained(language, "answer." + kind).getFirst();
        assertThat(corpus.answers(intent, language)).contains(draw.fill(layout, gaps));
      });
    }
  }

  @Test
  void aDateIsTheOneOfTheCalendarWithItsWeekday() {
    for (var task : drawn("dates")) {
      var answer = task.answer();
      if (task.right().size() > 1) continue;
      var question = task.messages().getFirst().content();
      var today = dates(question, task.language()).getFirst();
      var day = dates(answer, task.language()).getFirst();
      assertThat(answer).contains(weekday(day, task.language()));
      assertThat(question).contains(weekday(today, task.language()));
      assertThat(day).as(question).isBetween(today.minusDays(1), today.plusDays(14));
      var ahead = Pattern.compile("\\d+(?= days|天)").matcher(question);
      if (ahead.find()) assertThat(day).isEqualTo(today.plusDays(Long.parseLong(ahead.group())));
      if (question.contains("omorrow") && !question.contains("after")) {
        assertThat(day).isEqualTo(today.plusDays(1));
      }
    }
  }

  @Test
  void aSumIsRightAndWithinTheLimits() {
    int right = 0;
    for (var task : drawn("sums")) {
      if (task.right().size() > 1) continue;
      var sum = SUM.matcher(task.answer());
      assertThat(sum.matches()).as(task.answer()).isTrue();
      assertThat(result(sum.toMatchResult())).isEqualTo(Integer.parseInt(sum.group(4)));
      right++;
    }
    assertThat(right).isGreaterThan(600);
  }

  @Test
  void theLimitsOfSumsAreTheSameInTheCorpus() {
    var corpus = new Corpus(1);
    for (var language : Language.values()) {
      assertThat(Sums.limits(language)).isEqualTo(corpus.answers("sums", language));
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

  private static int result(MatchResult sum) {
    int a = Integer.parseInt(sum.group(1));
    int b = Integer.parseInt(sum.group(3));
    return switch (sum.group(2)) {
      case "+" -> {
        assertThat(Math.max(a, b)).isLessThanOrEqualTo(99);
        yield a + b;
      }
      case "-" -> {
        assertThat(a).isBetween(b, 99);
        yield a - b;
      }
      default -> {
        assertThat(Math.max(a, b)).isLessThanOrEqualTo(9);
        yield a * b;
      }
    };
  }

  private static List<LocalDate> dates(String text, Language language) {
    var english = DateTimeFormatter.ofPattern("d MMMM yyyy", Locale.ENGLISH);
    var chinese = DateTimeFormatter.ofPattern("yyyy年M月d日", Locale.CHINESE);
    var form = language == Language.EN ? ENGLISH_DATE : CHINESE_DATE;
    return form
      .matcher(text)
      .results()
      .map(date -> LocalDate.parse(date.group(), language == Language.EN ? english : chinese))
      .toList();
  }

  private static String weekday(LocalDate date, Language language) {
    int day = date.getDayOfWeek().getValue() - 1;
    return language == Language.EN
      ? List.of("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday").get(
        day
      )
      : "周" + "一二三四五六日".charAt(day);
  }
}
