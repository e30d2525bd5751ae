package dev.atrium.engine;

import static dev.atrium.engine.Harness.SMALL;
import static dev.atrium.engine.Harness.bytes;
import static dev.atrium.engine.Harness.greedy;
import static dev.atrium.engine.Harness.prompt;
import static dev.atrium.engine.Harness.stopping;
import static dev.atrium.engine.Harness.writes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.engine.model.ModelRunner;
import java.util.List;
import org.junit.jupiter.api.Test;

class LlmEngineTest {

  @Test
  void writesAnAnswerWithExactlyOneEnd() {
    try (Harness h = new Harness(SMALL, 1000, 4000, writes("hello, 世界 🙂"))) {
      h.engine.submit(greedy("a", "go", 100));
      h.runDry();
      assertThat(h.text("a")).isEqualTo("hello, 世界 🙂");
      assertThat(h.ids("a")).isEqualTo(bytes("hello, 世界 🙂"));
      assertThat(h.reason("a")).isEqualTo(FinishReason.STOP);
      assertThat(h.finished("a").usage()).isEqualTo(
        new Usage(3, 0, 3, bytes("hello, 世界 🙂").length)
      );
      assertThat(h.events.getFirst()).isInstanceOf(EngineEvent.Started.class);
      assertThat(h.events.getLast()).isInstanceOf(EngineEvent.Finished.class);
    }
  }

  @Test
  void neverShowsHalfACharacter() {
    try (Harness h = new Harness(SMALL, 1000, 4000, writes("a🙂b"))) {
      h.engine.submit(greedy("a", "go", 100));
      h.runDry();
      assertThat(h.of("a", EngineEvent.Text.class))
        .extracting(EngineEvent.Text::text)
        .containsExactly("a", "🙂", "b");
      assertThat(h.of("a", EngineEvent.Text.class).get(1).tokenIds()).isEqualTo(bytes("🙂"));
    }
  }

  @Test
  void dropsTheBytesOfACharacterThatTheLengthCuts() {
    try (Harness h = new Harness(SMALL, 1000, 4000, writes("a🙂b"))) {
      h.engine.submit(greedy("a", "go", 3));
      h.runDry();
      assertThat(h.text("a")).isEqualTo("a");
      assertThat(h.reason("a")).isEqualTo(FinishReason.LENGTH);
      assertThat(h.finished("a").usage().completionTokens()).isEqualTo(3);
    }
  }

  @Test
  void endsAtTheMaximumLengthAndAtTheEndOfTheContext() {
    try (Harness h = new Harness(SMALL, 20, 400, history -> 'x')) {
      h.engine.submit(greedy("short", "go", 5));
      h.engine.submit(greedy("long", "go", 1000));
      h.runDry();
      assertThat(h.text("short")).isEqualTo("xxxxx");
      assertThat(h.text("long")).hasSize(17);
      assertThat(h.reason("long")).isEqualTo(FinishReason.LENGTH);
    }
  }

  @Test
  void stopsAtAStopStringAcrossTokensAndWithholdsWhatMayBecomeOne() {
    try (Harness h = new Harness(SMALL, 1000, 4000, writes("one EN two END three"))) {
      h.engine.submit(stopping("a", 100, "END"));
      h.runDry();
      assertThat(h.text("a")).isEqualTo("one EN two ");
      assertThat(h.reason("a")).isEqualTo(FinishReason.STOP);
      assertThat(h.of("a", EngineEvent.Text.class)).noneMatch(t -> t.text().equals("E"));
    }
  }

  @Test
  void releasesAWithheldStartOfAStopStringAtTheEnd() {
    try (Harness h = new Harness(SMALL, 1000, 4000, writes("one EN"))) {
      h.engine.submit(stopping("a", 100, "END"));
      h.runDry();
      assertThat(h.text("a")).isEqualTo("one EN");
    }
  }

  @Test
  void neverDecodesPastItsAllowance() {
    try (Harness h = new Harness(SMALL, 1000, 4000, history -> 'x')) {
      h.engine.submit(allowed("a", 3));
      h.runDry();
      assertThat(h.text("a")).isEqualTo("xxx");
      assertThat(h.engine.hasWork()).isFalse();
      int steps = h.runner.steps().size();
      h.step();
      assertThat(h.runner.steps()).hasSize(steps);
      h.engine.allow("a", 2);
      assertThat(h.engine.hasWork()).isFalse();
      h.engine.allow("a", 5);
      h.runDry();
      assertThat(h.text("a")).isEqualTo("xxxxx");
      h.engine.allow("a", 100);
      h.runDry();
      assertThat(h.text("a")).hasSize(10);
      assertThat(h.reason("a")).isEqualTo(FinishReason.LENGTH);
    }
  }

  @Test
  void computesNothingBeforeTheFirstAllowance() {
    try (Harness h = new Harness(SMALL, 1000, 4000, history -> 'x')) {
      h.engine.submit(allowed("a", 0));
      h.runDry();
      assertThat(h.runner.steps()).isEmpty();
    }
  }

  @Test
  void sequencesWithoutCreditDoNotHoldUpOthers() {
    EngineConfig one = SMALL.withMaxBatch(1);
    try (Harness h = new Harness(one, 100, 100, Harness::mixed)) {
      h.engine.submit(allowed("idle", 3));
      h.runDry();
      h.engine.submit(greedy("busy", "other", 10));
      h.runDry();
      assertThat(h.text("busy")).hasSize(10);
      h.engine.allow("idle", 10);
      h.runDry();
      assertThat(h.text("idle")).isEqualTo(alone("go", 10));
      assertThat(h.of("idle", EngineEvent.Started.class)).hasSize(1);
    }
  }

  @Test
  void cancelEndsASequenceWithinAStep() {
    try (Harness h = new Harness(SMALL, 1000, 4000, history -> 'x')) {
      h.engine.submit(greedy("a", "go", 100));
      h.engine.submit(greedy("b", "go", 20));
      h.step().step().step();
      h.engine.cancel("a");
      int heard = h.text("a").length();
      assertThat(h.engine.status().active()).isEqualTo(1);
      h.step();
      assertThat(h.reason("a")).isEqualTo(FinishReason.CANCELLED);
      assertThat(h.finished("a").usage().completionTokens()).isEqualTo(heard);
      h.runDry();
      assertThat(h.text("a")).hasSize(heard);
      assertThat(h.text("b")).hasSize(20);
      assertThat(h.engine.status().freeCacheTokens()).isEqualTo(4000);
    }
  }

  @Test
  void cancelEndsASequenceThatWaits() {
    try (Harness h = new Harness(SMALL.withMaxBatch(1), 1000, 4000, history -> 'x')) {
      h.engine.submit(greedy("a", "go", 10));
      h.engine.submit(greedy("b", "go", 10));
      h.step();
      h.engine.cancel("b");
      h.runDry();
      assertThat(h.reason("b")).isEqualTo(FinishReason.CANCELLED);
      assertThat(h.of("b", EngineEvent.Started.class)).isEmpty();
      assertThat(h.text("a")).hasSize(10);
    }
  }

  @Test
  void goesOnWhereAnEarlierAttemptStopped() {
    String whole = "one EN twoé END";
    for (int cut = 0; cut <= 12; cut++) {
      try (Harness h = new Harness(SMALL, 1000, 4000, writes(whole))) {
        SequenceRequest fresh = stopping("a", 100, "END");
        h.engine.submit(fresh);
        while (h.ids("a").length < cut) {
          h.step();
        }
        String first = h.text("a");
        int[] delivered = h.ids("a");
        h.engine.cancel("a");
        h.runDry();
        h.events.clear();
        h.engine.submit(continuing(fresh, delivered));
        h.runDry();
        assertThat(first + h.text("a")).isEqualTo("one EN twoé ");
      }
    }
  }

  @Test
  void aSampledAnswerGoesOnWithTheSameDraws() {
    SamplingParams hot = SamplingParams.of(1.5, 0, 1, 42);
    String whole;
    try (Harness h = spread()) {
      h.engine.submit(sampled(hot, new int[0]));
      whole = h.runDry().text("a");
    }
    assertThat(whole).hasSize(30);
    try (Harness h = spread()) {
      h.engine.submit(sampled(hot, bytes(whole.substring(0, 11))));
      assertThat(whole.substring(0, 11) + h.runDry().text("a")).isEqualTo(whole);
    }
  }

  @Test
  void aContinuationThatIsAlreadyWholeEndsAtOnce() {
    try (Harness h = new Harness(SMALL, 1000, 4000, history -> 'x')) {
      h.engine.submit(continuing(greedy("a", "go", 3), bytes("xxx")));
      h.runDry();
      assertThat(h.reason("a")).isEqualTo(FinishReason.LENGTH);
      assertThat(h.runner.steps()).isEmpty();
    }
  }

  @Test
  void aSequenceThatFailsTakesNobodyWithIt() {
    try (
      Harness h = new Harness(SMALL, 1000, 4000, history -> {
        if (history[0] == 'p' && history.length > 5) {
          throw new ModelRunner.OutOfMemory("no memory", null);
        }
        return Harness.mixed(history);
      })
    ) {
      h.engine.submit(greedy("good", "go", 20));
      h.engine.submit(greedy("poor", "p", 20));
      h.engine.submit(greedy("fine", "other", 20));
      h.runDry();
      assertThat(h.of("poor", EngineEvent.Failed.class))
        .singleElement()
        .extracting(EngineEvent.Failed::code)
        .isEqualTo("out_of_memory");
      assertThat(h.text("good")).isEqualTo(alone("go", 20));
      assertThat(h.text("fine")).isEqualTo(alone("other", 20));
    }
  }

  @Test
  void refusesWhatCanNotBeRun() {
    try (Harness h = new Harness(SMALL, 10, 100, history -> 'x')) {
      assertThatThrownBy(() ->
        h.engine.submit(greedy("a", "0123456789", 5))
      ).isInstanceOfSatisfying(PromptException.class, e ->
        assertThat(e.code()).isEqualTo("context_full")
      );
      assertThatThrownBy(() ->
        h.engine.submit(SequenceRequest.of("a", new int[] { 999 }, SamplingParams.GREEDY, 5))
      ).hasMessageContaining("999");
      assertThatThrownBy(() ->
        h.engine.submit(
          new SequenceRequest(
            "a",
            prompt("x"),
            new int[0],
            SamplingParams.GREEDY,
            5,
            List.of(),
            5,
            3
          )
        )
      ).hasMessageContaining("adapter 3");
      h.engine.submit(greedy("twice", "x", 5));
      assertThatThrownBy(() -> h.engine.submit(greedy("twice", "x", 5))).hasMessageContaining(
        "already"
      );
      h.runDry();
      assertThat(h.text("twice")).isEqualTo("xxxxx");
    }
  }

  private static String alone(String prompt, int tokens) {
    try (Harness h = new Harness(SMALL, 1000, 4000, Harness::mixed)) {
      h.engine.submit(greedy("a", prompt, tokens));
      return h.runDry().text("a");
    }
  }

  private static SequenceRequest allowed(String id, int through) {
    return new SequenceRequest(
      id,
      prompt("go"),
      new int[0],
      SamplingParams.GREEDY,
      10,
      List.of(),
      through,
      0
    );
  }

  private static SequenceRequest continuing(SequenceRequest first, int[] delivered) {
    return new SequenceRequest(
      first.id(),
      first.promptIds(),
      delivered,
      first.sampling(),
      first.maxNewTokens(),
      first.stop(),
      first.allowedThrough(),
      0
    );
  }

  private static SequenceRequest sampled(SamplingParams params, int[] delivered) {
    return new SequenceRequest("a", prompt("go"), delivered, params, 30, List.of(), 30, 0);
  }

  /** A script with one certain token can't show a draw, so this one moves with the history. */
  private static Harness spread() {
    return new Harness(SMALL, 1000, 4000, Harness::mixed);
  }
}
