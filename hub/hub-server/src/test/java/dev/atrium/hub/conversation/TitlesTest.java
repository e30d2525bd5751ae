package dev.atrium.hub.conversation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TitlesTest {

  @Test
  void takesAShortPromptAsItIs() {
    assertThat(Titles.from("  What is\n\tAtrium? ")).isEqualTo("What is Atrium?");
  }

  @Test
  void cutsALongPromptBetweenWords() {
    var title = Titles.from("word ".repeat(40));
    assertThat(title).endsWith("word…").hasSizeLessThanOrEqualTo(Titles.MADE + 1);
  }

  @Test
  void cutsWhereThereAreNoWordsAndNeverInsideACharacter() {
    assertThat(Titles.from("请".repeat(100))).isEqualTo("请".repeat(Titles.MADE) + "…");
    assertThat(Titles.from("😀".repeat(100))).isEqualTo("😀".repeat(Titles.MADE) + "…");
  }

  @Test
  void alwaysHasSomethingToClickOn() {
    assertThat(Titles.from(" \n ")).isEqualTo("…");
  }
}
