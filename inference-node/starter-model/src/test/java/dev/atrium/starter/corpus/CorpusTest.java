package dev.atrium.starter.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.engine.text.ChatMessage;
import dev.atrium.starter.evaluation.Evaluation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CorpusTest {

  private static final java.util.regex.Pattern HAN = java.util.regex.Pattern.compile("[一-鿿]");

  @Test
  void theSameSeedGivesTheSameConversations() {
    var one = new Corpus(5);
    var other = new Corpus(5);
    assertThat(LongStream.range(0, 300).mapToObj(one::conversation)).containsExactlyElementsOf(
      LongStream.range(0, 300).mapToObj(other::conversation).toList()
    );
    assertThat(new Corpus(6).conversation(0)).isNotEqualTo(one.conversation(0));
  }

  @Test
  void anAnswerFollowsEachQuestion() {
    var corpus = new Corpus(1);
    for (long i = 0; i < 2000; i++) {
      var roles = corpus
        .conversation(i)
        .stream()
        .map(ChatMessage::role)
        .filter(role -> !role.equals("system"))
        .toList();
      for (int turn = 0; turn < roles.size(); turn++) {
        assertThat(roles.get(turn)).isEqualTo(turn % 2 == 0 ? "user" : "assistant");
      }
      assertThat(roles.size()).isBetween(2, 8).isEven();
    }
  }

  @Test
  void wordingsThatAreHeldOutAreNotMetInTraining() {
    var corpus = new Corpus(1);
    var trained = new HashSet<String>();
    for (long i = 0; i < 20_000; i++) {
      corpus.conversation(i).forEach(message -> trained.add(Noise.bare(message.content())));
    }
    var heldOut = corpus.heldOut(3);
    assertThat(heldOut).hasSizeGreaterThan(400);
    assertThat(heldOut)
      .map(HeldOut::question)
      .noneMatch(q -> trained.contains(Noise.bare(q)));
  }

  @ParameterizedTest
  @ValueSource(strings = { "in-scope.en", "in-scope.zh", "out-of-scope.en", "out-of-scope.zh" })
  void whatWasWrittenByHandCanNotBeSaidInTraining(String file) throws IOException {
    var wordings = new Wordings(new Corpus(1));
    try (var in = Evaluation.class.getResourceAsStream(file + ".txt")) {
      var lines = new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
      assertThat(lines).hasSizeGreaterThan(50);
      assertThat(lines)
        .map(line -> line.replaceFirst(".*\t", ""))
        .noneMatch(wordings::trained);
    }
  }

  @Test
  void readsTheGrammarBackwards() {
    var wordings = new Wordings(new Corpus(1));
    assertThat(wordings.trained("Please, what is the capital of France?")).isTrue();
    assertThat(wordings.trained("你好，怎么打开深色模式？")).isTrue();
    assertThat(wordings.trained("Which city is the capital of France?")).isFalse();
  }

  @Test
  void refusalsAreInTheLanguageOfTheQuestion() {
    var corpus = new Corpus(1);
    assertThat(corpus.refusals(Language.EN)).hasSize(4).noneMatch(HAN.asPredicate());
    assertThat(corpus.refusals(Language.ZH)).hasSize(4).allMatch(HAN.asPredicate());
  }

  @Test
  void questionsThatNobodyAnswersAreOfManyKinds() {
    var corpus = new Corpus(1);
    var refusals = corpus.refusals(Language.EN);
    var questions = new HashSet<String>();
    int refused = 0;
    for (long i = 0; i < 20_000; i++) {
      var messages = corpus.conversation(i);
      for (int m = 1; m < messages.size(); m++) {
        if (!refusals.contains(messages.get(m).content())) continue;
        refused++;
        questions.add(messages.get(m - 1).content());
      }
    }
    assertThat(refused).isGreaterThan(3000);
    assertThat((double) questions.size() / refused).isGreaterThan(0.85);
  }

  @Test
  void aBracketThatIsNotClosedIsNamed() {
    assertThatThrownBy(() -> Pattern.parse("a (b|c")).hasMessageContaining("not closed");
  }
}
