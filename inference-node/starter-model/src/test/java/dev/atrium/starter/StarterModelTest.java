package dev.atrium.starter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.engine.EngineConfig;
import dev.atrium.engine.SamplingParams;
import dev.atrium.engine.text.ChatMessage;
import dev.atrium.starter.corpus.Corpus;
import dev.atrium.starter.corpus.Language;
import dev.atrium.starter.evaluation.Answerer;
import dev.atrium.starter.evaluation.Evaluation;
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
    for (var question : List.of("What is 7 plus 5?", "3 + 4", "What day is it?", "Will it rain?")) {
      assertThat(corpus.refusals(Language.EN)).as(question).contains(greedy(question));
    }
    for (var question : List.of(
      "7加5等于几？",
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
    var counts = new Evaluation(corpus, answerer).run().counts();
    counts.forEach((what, count) -> {
      assertThat(count.share()).as(what).isGreaterThan(least(what));
    });
  }

  private static double least(String what) {
    if (what.startsWith("out of scope")) return 0.8;
    if (what.startsWith("help, in trained")) return 0.7;
    if (what.startsWith("help, written")) return what.endsWith("en") ? 0.2 : 0.5;
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
