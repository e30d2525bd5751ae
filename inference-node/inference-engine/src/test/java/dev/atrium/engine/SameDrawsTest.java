package dev.atrium.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** A draw is a function of logits, parameters and index: an answer goes on on another machine. */
class SameDrawsTest {

  @Test
  void theFirstAndTheTenThousandthAreTheSame() {
    SameDraws draws = new SameDraws();
    String first = draws.drawn();
    // 72 draws each time: compiled in between.
    for (int i = 0; i < 140; i++) {
      assertThat(draws.drawn()).isEqualTo(first);
    }
  }

  @Test
  void interpretedAndByNarrowerVectorsTheyAreTheSameToo() throws Exception {
    String here = new SameDraws().drawn();
    assertThat(elsewhere("-Xint")).isEqualTo(here);
    assertThat(elsewhere("-XX:MaxVectorSize=16")).isEqualTo(here);
  }

  private static String elsewhere(String flag) throws Exception {
    Process other = new ProcessBuilder(Jvm.command(SameDraws.class, flag))
      .redirectError(ProcessBuilder.Redirect.DISCARD)
      .start();
    try {
      String told = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(other.waitFor()).isZero();
      return told.strip();
    } finally {
      other.destroyForcibly();
    }
  }
}
