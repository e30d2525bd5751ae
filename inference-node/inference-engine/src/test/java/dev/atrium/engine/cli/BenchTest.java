package dev.atrium.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.engine.EngineConfig;
import dev.atrium.engine.LlmEngine;
import dev.atrium.engine.SamplingParams;
import dev.atrium.engine.model.Device;
import dev.atrium.engine.model.Precision;
import dev.atrium.engine.model.Span;
import dev.atrium.engine.scripted.ScriptedRunner;
import dev.atrium.engine.text.ModelText;
import dev.atrium.engine.text.Tokenizer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is measured of networks that write what nobody has taught them. */
class BenchTest {

  private static final int PROMPT = 40;
  private static final int STREAMS = 3;
  /** Begins a character of two bytes. */
  private static final int HALF = 0xC3;
  private static final int NO_TEXT = 299;
  private static final int END = 256;

  @Test
  void whatIsWrittenCountsThoughItsTextIsHeldBack() {
    assertThat(measured(history -> history.length == PROMPT ? HALF : NO_TEXT, 6)).satisfies(r -> {
        assertThat(r.tokensPerSecond()).isPositive().isFinite();
        assertThat(r.firstTokenMs()).isPositive().isLessThanOrEqualTo(r.slowestFirstTokenMs());
      });
  }

  @Test
  void allWriteTogetherHoweverLongTheirPromptsTakeToBeRead() {
    ScriptedRunner runner = runner(_ -> NO_TEXT).recording();
    try (LlmEngine engine = engine(runner)) {
      new Bench(engine, PROMPT, 2, SamplingParams.GREEDY).measure(STREAMS);
    }
    List<Span> last = runner.steps().getLast();
    assertThat(last)
      .hasSize(STREAMS)
      .allMatch(span -> span.tokens().length == 1);
    assertThat(runner.steps().get(runner.steps().size() - 2)).anyMatch(
      span -> span.tokens().length > 1
    );
  }

  @Test
  void anAnswerThatEndsEarlyIsNoMeasurement() {
    assertThatThrownBy(() -> measured(history -> history.length == PROMPT + 3 ? END : NO_TEXT, 6))
      .isInstanceOf(IllegalStateException.class)
      .hasMessageContaining("ended after 3 tokens");
  }

  private static Bench.Result measured(ScriptedRunner.Script script, int tokens) {
    try (LlmEngine engine = engine(runner(script))) {
      return new Bench(engine, PROMPT, tokens, SamplingParams.GREEDY).measure(STREAMS);
    }
  }

  private static ScriptedRunner runner(ScriptedRunner.Script script) {
    return ScriptedRunner.of(NO_TEXT + 1, 2 * PROMPT, 8 * PROMPT, script);
  }

  private static LlmEngine engine(ScriptedRunner runner) {
    ModelText text = ModelText.of(Tokenizer.ofBytes(List.of()), Optional.empty(), Set.of(END));
    return LlmEngine.over(
      runner,
      text,
      new EngineConfig(Device.CPU, Precision.F32, 1, 0, STREAMS, 16, STREAMS)
    );
  }
}
