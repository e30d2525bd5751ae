package dev.atrium.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.inference.api.Limits;
import dev.atrium.inference.api.PrepareRequest;
import dev.atrium.inference.api.PromptMessage;
import java.util.List;
import org.junit.jupiter.api.Test;

class PreparationsTest {

  private final Preparations preparations = new Preparations();

  @Test
  void takesACompanyThatAsksAtOnce() {
    for (int i = 0; i < Preparations.MOST; i++) {
      assertThat(preparations.begin(prompt(100))).isTrue();
    }
    assertThat(preparations.begin(prompt(100))).isFalse();
    preparations.end(prompt(100));
    assertThat(preparations.begin(prompt(100))).isTrue();
  }

  @Test
  void takesNoMoreTextThanCanBeReadInTime() {
    PrepareRequest million = prompt(Limits.CONTENT_CHARS);
    int taken = 0;
    while (preparations.begin(million)) {
      taken++;
    }
    assertThat(taken).isEqualTo(Preparations.MOST_CHARS / Limits.CONTENT_CHARS);
    assertThat(preparations.begin(prompt(1))).isFalse();
    preparations.end(million);
    assertThat(preparations.begin(prompt(1))).isTrue();
    assertThat(preparations.begin(million)).isFalse();
  }

  private static PrepareRequest prompt(int chars) {
    return new PrepareRequest("g", 1, List.of(new PromptMessage("user", "x".repeat(chars))), 10);
  }
}
