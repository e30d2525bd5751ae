package dev.atrium.starter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.engine.EngineConfig;
import dev.atrium.engine.SamplingParams;
import dev.atrium.engine.text.ChatMessage;
import dev.atrium.starter.corpus.Corpus;
import dev.atrium.starter.corpus.Language;
import dev.atrium.starter.evaluation.Answerer;
import dev.atrium.starter.evaluation.Evaluation;
import dev.atrium.starter.task.Tasks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The weights that lie in the repository, asked as a user asks. */
class StarterModelTest {

  private static final Path MODEL = Path.of(System.getProperty("atrium.root")).resolve(
    "inference-node/starter-model/model"
  );
  private static final long MOST_BYTES = 16L << 20;
  private static final int TASKS_PER_LANGUAGE = 5;
  private static final double LEAST_COPIED = 0.7;

  private static Corpus corpus;
  private static Answerer answerer;

  @BeforeAll
  static void load() {
    corpus = new Corpus(1);
    answerer = new Answerer(MODEL, EngineConfig.defaults());
  }

  @AfterAll
  static void close() {
    answerer.close();
  }

  private static String greedy(String question) {
    var answer = answerer.ask(question, SamplingParams.GREEDY);
    assertThat(answer.ended()).as(question).isTrue();
    return answer.text();
  }

  @Test
  void greetsInTheLanguageOfTheGreeting() {
    for (var hello : List.of("Hello!", "hi", "Hello")) {
      assertThat(corpus.answers("hello", Language.EN)).contains(greedy(hello));
    }
    for (var hello : List.of("你好", "您好！", "嗨")) {
      assertThat(corpus.answers("hello", Language.ZH)).contains(greedy(hello));
    }
  }

  @Test
  void answersWhatTheEmptyPageSuggests() {
    var english = Map.of(
      "What can you do?",
      "can-do",
      "What is Atrium?",
      "what-is-atrium",
      "How do I install a larger model?",
      "bigger-model",
      "Hello! Who are you?",
      "who"
    );
    var chinese = Map.of(
      "你能做什么？",
      "can-do",
      "Atrium 是什么？",
      "what-is-atrium",
      "怎样安装更大的模型？",
      "bigger-model",
      "你好！你是谁？",
      "who"
    );
    english.forEach((question, intent) ->
      assertThat(corpus.answers(intent, Language.EN)).as(question).contains(greedy(question))
    );
    chinese.forEach((question, intent) ->
      assertThat(corpus.answers(intent, Language.ZH)).as(question).contains(greedy(question))
    );
    assertThat(greedy("Write a leave request: to Nina, from 4 May to 8 May, signed Ben")).contains(
      "Nina",
      "from 4 May to 8 May",
      "Ben"
    );
    assertThat(greedy("写一封请假邮件：写给李伟，从5月4日到5月8日，署名王芳")).contains(
      "李伟",
      "5月4日到5月8日",
      "王芳"
    );
    assertThat(greedy("Make this polite: Send me the report for Apollo by 12 June."))
      .contains("the report for Apollo by 12 June")
      .containsIgnoringCase("could you");
    assertThat(greedy("说得礼貌一点：快把启明的报告转给李伟。")).contains("启明的报告", "您");
  }

  @Test
  void saysHonestlyWhenItDoesNotKnow() {
    var refusals = corpus.refusals(Language.EN);
    assertThat(refusals).contains(greedy("What is the capital of France?"));
    assertThat(refusals).contains(greedy("Write a function in Go that reverses a string."));
    assertThat(corpus.refusals(Language.ZH)).contains(greedy("法国的首都是哪里？"));
  }

  @Test
  void refusesWhatItCanOnlyGuess() {
    for (var question : List.of(
      "What is 7 plus 5?",
      "What is 347 times 29?",
      "3 + 4",
      "What day is it?",
      "Will it rain?"
    )) {
      assertThat(corpus.refusals(Language.EN)).as(question).contains(greedy(question));
    }
    for (var question : List.of(
      "7加5等于几？",
      "347乘以29等于多少？",
      "3 + 4 等于多少",
      "今天星期几？",
      "明天会下雨吗？"
    )) {
      assertThat(corpus.refusals(Language.ZH)).as(question).contains(greedy(question));
    }
  }

  @Test
  void goesOnWithAChat() {
    var chat = List.of(
      new ChatMessage("user", "Hello"),
      new ChatMessage("assistant", "Hello! Ask me anything about Atrium."),
      new ChatMessage("user", "Thank you!")
    );
    var answer = answerer.ask(List.of(chat), SamplingParams.GREEDY).getFirst();
    assertThat(corpus.answers("thanks", Language.EN)).contains(answer.text());
  }

  /** Thresholds a little below what the datasheet says of these weights. */
  @Test
  void isAsGoodAsItsDatasheetSays() {
    var report = new Evaluation(corpus, new Tasks(), answerer, TASKS_PER_LANGUAGE).run();
    report
      .counts()
      .forEach((what, count) -> assertThat(count.share()).as(what).isGreaterThan(least(what)));
    // So few of each family say little; what has to be copied is much in all.
    int pieces = 0;
    int copied = 0;
    for (var tested : report.tasks().values()) {
      pieces += tested.newEntities().pieces().all();
      copied += tested.newEntities().pieces().right();
    }
    assertThat(pieces).isGreaterThan(300);
    assertThat((double) copied / pieces).isGreaterThan(LEAST_COPIED);
  }

  private static double least(String what) {
    if (what.startsWith("out of scope")) return 0.8;
    if (what.startsWith("help, in trained")) return 0.85;
    if (what.startsWith("help, written")) return what.endsWith("en") ? 0.3 : 0.5;
    // Whether it can do this or that, asked in other words than it was taught.
    if (what.equals("held-out wordings, skills")) return 0.5;
    return 0.65;
  }

  @Test
  void isSmallEnoughToShip() throws IOException {
    try (var files = Files.list(MODEL)) {
      long bytes = files.map(Path::toFile).mapToLong(java.io.File::length).sum();
      assertThat(bytes).isLessThan(MOST_BYTES);
    }
  }
}
