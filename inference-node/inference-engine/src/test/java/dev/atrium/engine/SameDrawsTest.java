package dev.atrium.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
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
    assertThat(elsewhere("-Xint", "interpreted mode")).isEqualTo(here);
    assertThat(elsewhere("-XX:MaxVectorSize=16", " 4 lanes")).isEqualTo(here);
  }

  /**
   * @param kind what that JVM says of itself, if the flag has reached it
   */
  private static String elsewhere(String flag, String kind) throws Exception {
    Process other = new ProcessBuilder(Jvm.command(SameDraws.class, flag))
      .redirectError(ProcessBuilder.Redirect.DISCARD)
      .start();
    try {
      String told = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(other.waitFor()).isZero();
      List<String> lines = told.lines().toList();
      assertThat(lines.getFirst()).contains(kind);
      return lines.getLast();
    } finally {
      other.destroyForcibly();
    }
  }
}
