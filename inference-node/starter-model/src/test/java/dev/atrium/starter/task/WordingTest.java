package dev.atrium.starter.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.starter.corpus.Language;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Everything is asked for in very many ways, and in others when it is measured. */
class WordingTest {

  private static final int DRAWS = 4000;
  private static final Map<String, String> SLOTS = Map.of("what", "W", "columns", "C", "c", "K");

  static Stream<Arguments> wishes() {
    return Stream.of(
      "recite again",
      "extract pick",
      "list dashes",
      "table rows",
      "shorter ask",
      "polite ask",
      "notice ask",
      "report ask",
      "minutes ask",
      "mail ask",
      "classify ask.topic",
      "classify ask.tone"
    )
      .map(wish -> wish.split(" ", 2))
      .flatMap(wish ->
        Stream.of(Language.values()).map(language -> Arguments.of(wish[0], wish[1], language))
      );
  }

  @ParameterizedTest
  @MethodSource("wishes")
  void hardlyAnyWishComesTwice(String family, String section, Language language) {
    var wishes = new HashSet<>(drawn(family, section, language, Split.TRAINED));
    assertThat(wishes).hasSizeGreaterThan(DRAWS / 3);
  }

  @ParameterizedTest
  @MethodSource("wishes")
  void whatIsMeasuredIsSaidInOtherWords(String family, String section, Language language) {
    assertThat(
      new HashSet<>(drawn(family, section, language, Split.UNSEEN_TEMPLATES))
    ).doesNotContainAnyElementsOf(drawn(family, section, language, Split.TRAINED));
  }

  private static List<String> drawn(String family, String section, Language language, Split split) {
    var templates = new Templates(family);
    var draw = new Draw(language, split, new SplittableRandom(3));
    return Stream.generate(() -> Wording.wish(draw, templates, section, SLOTS))
      .limit(DRAWS)
      .toList();
  }
}
