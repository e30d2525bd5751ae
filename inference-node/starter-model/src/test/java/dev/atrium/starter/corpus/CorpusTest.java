package dev.atrium.starter.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.engine.text.ChatMessage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

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
  void wordingsThatAreHeldOutAreHardlyEverMetInTraining() {
    var corpus = new Corpus(1);
    var trained = new HashSet<String>();
    for (long i = 0; i < 20_000; i++) {
      corpus.conversation(i).forEach(message -> trained.add(message.content()));
    }
    var heldOut = corpus.heldOut(3);
    long met = heldOut
      .stream()
      .filter(q -> trained.contains(q.question()))
      .count();
    assertThat(heldOut).hasSizeGreaterThan(400);
    assertThat(met).isLessThan(heldOut.size() / 50);
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
  void sumsAreRight() {
    var grammar = new Grammar();
    Sums.addTo(grammar);
    var random = new SplittableRandom(1);
    for (int i = 0; i < 500; i++) {
      var slots = new HashMap<String, Grammar.Chosen>();
      var said = grammar.expand(Pattern.parse("{s:sum.en}"), random, slots);
      assertThat(slots.get("s").behind()).as(said).isEqualTo(Integer.toString(calculate(said)));
    }
  }

  private static int calculate(String said) {
    var numbers = java.util.regex.Pattern.compile("\\d+").matcher(said);
    assertThat(numbers.find()).isTrue();
    int a = Integer.parseInt(numbers.group());
    assertThat(numbers.find()).isTrue();
    int b = Integer.parseInt(numbers.group());
    if (said.contains("+") || said.contains("plus")) return a + b;
    return said.contains("-") || said.contains("minus") ? a - b : a * b;
  }

  @Test
  void aBracketThatIsNotClosedIsNamed() {
    assertThatThrownBy(() -> Pattern.parse("a (b|c")).hasMessageContaining("not closed");
  }
}
