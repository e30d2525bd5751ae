package dev.atrium.admin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrintableTest {

  @Test
  void showsControlCharactersInsteadOfObeyingThem() {
    assertThat(Printable.of("a\u001b[2Jb\u007f\u009b1m\rc\0")).isEqualTo(
      "a\u241b[2Jb\u2421\ufffd1m\u240dc\u2400"
    );
  }

  @Test
  void leavesLinesTabsAndEveryLanguageAsTheyAre() {
    assertThat(Printable.of("one\r\ntwo\tthree\n\u4f60\u597d \ud83d\udc4b")).isEqualTo(
      "one\ntwo\tthree\n\u4f60\u597d \ud83d\udc4b"
    );
  }
}
