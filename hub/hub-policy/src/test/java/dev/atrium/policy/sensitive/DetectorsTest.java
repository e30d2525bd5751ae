package dev.atrium.policy.sensitive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is found and what is not: by hand, and from grammars with the figures that the docs name. */
class DetectorsTest {

  private static final Detectors DETECTORS = new Detectors(
    new WordList(List.of("阿波罗计划", "Project Nightjar", "ＡＢＣ协议", "cat"))
  );
  private static final Set<Kind> ALL = EnumSet.allOf(Kind.class);

  static Stream<String> byHand() throws IOException {
    try (var in = DetectorsTest.class.getResourceAsStream("/sensitive/hard.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
        .lines()
        .filter(line -> !line.startsWith("#"))
        .toList()
        .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("byHand")
  void findsWhatIsMarkedAndNothingElse(String line) {
    Marked marked = Marked.of(line);
    assertThat(DETECTORS.find(marked.text(), ALL)).isEqualTo(marked.findings());
  }

  /** Right, wrongly found, and missed. */
  private static final class Score {

    int right;
    int wrong;
    int missed;

    double precision() {
      return (double) right / (right + wrong);
    }

    double recall() {
      return (double) right / (right + missed);
    }
  }

  @Test
  void isPreciseAndCompleteOnWhatGrammarsMake() {
    Map<Kind, Score> scores = new EnumMap<>(Kind.class);
    Grammar grammar = new Grammar(20241126);
    int disturbed = 0;
    for (int i = 0; i < 20_000; i++) {
      score(grammar.positive(), scores);
      disturbed += score(grammar.negative(), scores) ? 1 : 0;
    }
    scores.forEach((kind, s) ->
      System.out.printf(
        Locale.ROOT,
        "%s: precision %.4f, recall %.4f of %d%n",
        kind.code(),
        s.precision(),
        s.recall(),
        s.right + s.missed
      )
    );
    System.out.printf(Locale.ROOT, "harmless texts flagged: %d of 20000%n", disturbed);
    assertThat(scores).hasSize(6);
    scores.forEach((kind, s) -> {
      assertThat(s.precision()).as(kind.code()).isGreaterThan(0.97);
      assertThat(s.recall()).as(kind.code()).isGreaterThan(0.99);
    });
    assertThat(disturbed).isLessThan(200);
  }

  /** Whether anything was found that is not marked. */
  private static boolean score(Marked text, Map<Kind, Score> scores) {
    Set<Finding> wanted = new HashSet<>(text.findings());
    boolean wrong = false;
    for (Finding f : DETECTORS.find(text.text(), ALL)) {
      Score score = scores.computeIfAbsent(f.kind(), _ -> new Score());
      if (wanted.remove(f)) {
        score.right++;
      } else {
        score.wrong++;
        wrong = true;
      }
    }
    wanted.forEach(f -> scores.computeIfAbsent(f.kind(), _ -> new Score()).missed++);
    return wrong;
  }

  @Test
  void looksOnlyForTheWantedKinds() {
    assertThat(DETECTORS.find("13800138000 a@b.cn", Set.of(Kind.EMAIL))).containsExactly(
      new Finding(Kind.EMAIL, 12, 18)
    );
  }

  @Test
  void findsWordsInAnyCaseWidthAndSpacing() {
    Marked marked = Marked.of(
      "关于«word:阿波罗计划»与«word:project  NIGHTJAR»、«word:Ｐroject\nnightjar»的«word:abc协议»，a «word:Cat» concatenates. «word:阿\u200B波罗计划»"
    );
    assertThat(DETECTORS.find(marked.text(), Set.of(Kind.WORD))).isEqualTo(marked.findings());
  }

  @Test
  void findsTheLongestOfWordsThatBeginTogether() {
    Detectors words = new Detectors(new WordList(List.of("数据", "数据中心", "中心城", "心")));
    assertThat(words.find("新数据中心城", Set.of(Kind.WORD))).containsExactly(
      new Finding(Kind.WORD, 1, 5)
    );
  }

  @Test
  void takesAnIdentityNumberThatIsALuhnNumberForNoCard() {
    int both = 0;
    for (int i = 0; i < 200_000 && both < 5; i++) {
      String id =
        "622822" +
        "1990" +
        String.format(Locale.ROOT, "%02d%02d%03d", 1 + (i % 12), 1 + (i % 28), i % 1000);
      id += PersonIds.check(id);
      if (!id.endsWith("X") && BankCards.valid(id)) {
        both++;
        assertThat(DETECTORS.find(id, ALL))
          .extracting(Finding::kind)
          .containsExactly(Kind.PERSON_ID);
      }
    }
    assertThat(both).isEqualTo(5);
  }

  @Test
  void findsAWholeKeyBlockAndOneWithoutAnEnd() {
    String block = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc=\n-----END RSA PRIVATE KEY-----";
    assertThat(DETECTORS.find("key:\n" + block + "\nbye", Set.of(Kind.SECRET))).containsExactly(
      new Finding(Kind.SECRET, 5, 5 + block.length())
    );
    String cut = "-----BEGIN PRIVATE KEY-----\nMIIEow";
    assertThat(DETECTORS.find(cut, Set.of(Kind.SECRET))).containsExactly(
      new Finding(Kind.SECRET, 0, cut.length())
    );
  }
}
