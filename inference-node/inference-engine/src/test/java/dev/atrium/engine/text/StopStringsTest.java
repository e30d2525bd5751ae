package dev.atrium.engine.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopStringsTest {

  @Test
  void findsAStopStringAcrossPieces() {
    StopStrings stops = new StopStrings(List.of("\nUser:", "END"));
    assertThat(stops.next("Hello\nUs")).isEqualTo("Hello");
    assertThat(stops.heldLength()).isEqualTo(3);
    assertThat(stops.matched()).isEmpty();
    assertThat(stops.next("er: and more")).isEmpty();
    assertThat(stops.matched()).contains("\nUser:");
    assertThat(stops.next("more")).isEmpty();
    assertThat(stops.flush()).isEmpty();
  }

  @Test
  void releasesWhatTurnedOutNotToBeOne() {
    StopStrings stops = new StopStrings(List.of("aab"));
    assertThat(stops.next("xaa")).isEqualTo("x");
    assertThat(stops.next("a")).isEqualTo("a");
    assertThat(stops.next("c")).isEqualTo("aac");
    assertThat(stops.next("a")).isEmpty();
    assertThat(stops.flush()).isEqualTo("a");
    assertThat(stops.matched()).isEmpty();
  }

  @Test
  void theFirstCompleteOneWinsAndThenTheLongest() {
    StopStrings stops = new StopStrings(List.of("bc", "abcd", "abc"));
    assertThat(stops.next("xabcd")).isEqualTo("x");
    assertThat(stops.matched()).contains("abc");
  }

  @Test
  void withoutStopStringsTextPassesThrough() {
    StopStrings stops = new StopStrings(List.of(""));
    assertThat(stops.next("anything")).isEqualTo("anything");
    assertThat(stops.flush()).isEmpty();
  }

  @Test
  void theResultDoesNotDependOnThePieces() {
    Random random = new Random(6);
    for (int round = 0; round < SharedTokenizers.rounds(2000); round++) {
      List<String> stops = List.of(letters(random, 1 + random.nextInt(4)), letters(random, 3));
      String text = letters(random, random.nextInt(30));
      StopStrings byLetter = new StopStrings(stops);
      StopStrings random2 = new StopStrings(stops);
      String first = feed(byLetter, text, 1, random);
      String second = feed(random2, text, 6, random);
      assertThat(second).isEqualTo(first);
      assertThat(random2.matched()).isEqualTo(byLetter.matched());
      int end = stops
        .stream()
        .mapToInt(s -> endOf(text, s))
        .min()
        .orElseThrow();
      assertThat(first.length() + byLetter.matched().map(String::length).orElse(0)).isEqualTo(
        Math.min(end, text.length())
      );
      assertThat(text).startsWith(first);
    }
  }

  private static int endOf(String text, String stop) {
    int at = text.indexOf(stop);
    return at < 0 ? Integer.MAX_VALUE : at + stop.length();
  }

  private static String feed(StopStrings stops, String text, int most, Random random) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); ) {
      int n = Math.min(text.length() - i, 1 + random.nextInt(most));
      out.append(stops.next(text.substring(i, i + n)));
      i += n;
    }
    return out.append(stops.flush()).toString();
  }

  private static String letters(Random random, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append((char) ('a' + random.nextInt(2)));
    }
    return text.toString();
  }
}
