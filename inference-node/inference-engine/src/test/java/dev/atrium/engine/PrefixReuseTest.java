package dev.atrium.engine;

import static dev.atrium.engine.Harness.SMALL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.engine.model.ModelRunner;
import dev.atrium.engine.model.RunnerInfo;
import dev.atrium.engine.model.Span;
import dev.atrium.engine.model.StepOutput;
import dev.atrium.engine.scripted.ScriptedRunner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What is found in the cache, and by whom. The script draws from the tokens that really lie in the arena,
 * so a range that was taken too early, copied wrongly or given away twice shows in the answer.
 */
class PrefixReuseTest {

  private static final Party ANNA = new Party("d", "anna");
  private static final Party BELA = new Party("d", "bela");
  private final Random random = new Random(3);

  @Test
  void theNextTurnReadsOnlyWhatIsNew() {
    try (Harness h = harness(4_000)) {
      int[] first = prompt(300);
      h.engine.submit(request("1", first, 100, ANNA));
      h.runDry().settle();
      int[] second = turn(first, h.ids("1"), prompt(20));
      int before = h.computed();
      h.engine.submit(request("2", second, 5, ANNA));
      h.runDry();
      assertThat(h.of("2", EngineEvent.Started.class).getFirst().cachedTokens()).isEqualTo(400);
      assertThat(h.usage("2")).isEqualTo(new Usage(420, 400, 20, 5));
      assertThat(h.computed() - before).isEqualTo(20 + 4);
      assertThat(h.text("2")).isEqualTo(alone(second, 5));
    }
  }

  @Test
  void whatIsNotSettledYetIsReadAgain() {
    try (Harness h = harness(4_000)) {
      int[] first = prompt(300);
      h.engine.submit(request("1", first, 100, ANNA));
      h.runDry();
      int[] second = turn(first, h.ids("1"), prompt(20));
      h.engine.submit(request("2", second, 5, ANNA));
      h.runDry();
      assertThat(h.usage("2").cachedTokens()).as("the prompt's whole blocks").isEqualTo(288);
      assertThat(h.usage("2").prefilledTokens()).isEqualTo(420 - 288);
      assertThat(h.text("2")).isEqualTo(alone(second, 5));
    }
  }

  @Test
  void theSamePromptOfAnotherUserFindsNothing() {
    try (Harness h = harness(4_000)) {
      int[] prompt = prompt(300);
      h.engine.submit(request("1", prompt, 5, ANNA));
      h.runDry().settle();
      h.engine.submit(request("2", prompt, 5, BELA));
      h.engine.submit(request("3", prompt, 5, Party.NONE));
      h.runDry();
      assertThat(h.usage("2").cachedTokens()).isZero();
      assertThat(h.usage("3").cachedTokens()).isZero();
      h.engine.submit(request("4", prompt, 5, ANNA));
      h.engine.submit(request("5", prompt, 5, Party.NONE));
      h.runDry();
      assertThat(h.usage("4").cachedTokens()).isEqualTo(288);
      assertThat(h.usage("5").cachedTokens()).as("nobody's leave nothing").isZero();
    }
  }

  @Test
  void aPublishedBeginningIsReadOnceForAll() {
    try (Harness h = harness(4_000)) {
      int[] system = prompt(200);
      h.engine.submit(request("1", turn(system, prompt(50)), 5, ANNA, 200));
      h.runDry();
      h.engine.submit(request("2", turn(system, prompt(30)), 5, BELA, 200));
      h.engine.submit(request("3", turn(system, prompt(30)), 5, Party.NONE, 200));
      h.runDry();
      assertThat(h.usage("2").cachedTokens()).isEqualTo(192);
      assertThat(h.usage("3").cachedTokens()).isEqualTo(192);
      assertThat(h.text("2")).hasSize(5);
    }
  }

  @Test
  void nothingBeyondWhatIsPublishedIsSharedEvenIfItIsTheSame() {
    try (Harness h = harness(4_000)) {
      int[] prompt = prompt(400);
      h.engine.submit(request("1", prompt, 5, ANNA, 100));
      h.runDry().settle();
      h.engine.submit(request("2", prompt, 5, BELA, 100));
      h.engine.submit(request("3", prompt, 5, BELA, 0));
      h.runDry();
      assertThat(h.usage("2").cachedTokens()).isEqualTo(96);
      assertThat(h.usage("3").cachedTokens()).as("not said to be published").isZero();
    }
  }

  @Test
  void theLeastRecentlyUsedGoesFirst() {
    // Three kept ranges of 192, and room for one sequence.
    try (Harness h = harness(3 * 192 + 256)) {
      int[] a = prompt(200);
      int[] b = prompt(200);
      int[] c = prompt(200);
      run(h, "a", a);
      run(h, "b", b);
      run(h, "c", c);
      run(h, "a2", a);
      run(h, "more", prompt(200));
      run(h, "a3", a);
      run(h, "c2", c);
      run(h, "b2", b);
      assertThat(h.usage("a3").cachedTokens()).isEqualTo(192);
      assertThat(h.usage("c2").cachedTokens()).isEqualTo(192);
      assertThat(h.usage("b2").cachedTokens()).as("used before all others").isZero();
    }
  }

  @Test
  void whatIsKeptGivesWayToWhatRuns() {
    try (Harness h = harness(640)) {
      for (int i = 0; i < 10; i++) {
        run(h, "old" + i, prompt(100));
      }
      assertThat(h.engine.status().freeCacheTokens()).as("kept is free").isEqualTo(640);
      for (String id : new String[] { "x", "y" }) {
        h.engine.submit(request(id, prompt(100), 200, ANNA));
      }
      h.runDry();
      assertThat(h.text("x")).hasSize(200);
      assertThat(h.text("y")).hasSize(200);
      assertThat(h.usage("x").prefilledTokens()).as("nobody had to give way").isEqualTo(100);
      assertThat(h.usage("y").prefilledTokens()).isEqualTo(100);
    }
  }

  @Test
  void aSequenceThatGaveItsPlaceUpReadsItsPromptNoMoreThanNeeded() {
    try (Harness h = new Harness(SMALL.withMaxBatch(1), 2_000, 2_000, Harness::mixed)) {
      SequenceRequest idle = request("idle", prompt(160), 50, ANNA);
      h.engine.submit(allowedThrough(idle, 3));
      h.runDry();
      h.engine.submit(request("busy", prompt(60), 5, BELA));
      h.runDry();
      assertThat(h.text("busy")).hasSize(5);
      h.engine.allow("idle", 50);
      h.runDry();
      assertThat(h.text("idle")).isEqualTo(alone(idle.promptIds(), 50));
      assertThat(h.usage("idle")).isEqualTo(new Usage(160, 0, 160 + 16 + 2, 50));
    }
  }

  @Test
  void cancellingWhileItReadsFromASharedBeginningHarmsNobody() {
    try (Harness h = new Harness(SMALL.withStepTokenBudget(32), 2_000, 4_000, Harness::mixed)) {
      int[] system = prompt(320);
      h.engine.submit(request("1", turn(system, prompt(10)), 5, ANNA, 320));
      h.runDry();
      int[] long2 = turn(system, prompt(300));
      h.engine.submit(request("2", long2, 5, BELA, 320));
      h.step().step();
      h.engine.cancel("2");
      h.step();
      assertThat(h.usage("2").cachedTokens()).isEqualTo(320);
      assertThat(h.usage("2").prefilledTokens()).isBetween(1, 64);
      int[] third = turn(system, prompt(10));
      h.engine.submit(request("3", third, 5, BELA, 320));
      h.engine.submit(request("4", long2, 5, BELA, 320));
      h.runDry();
      assertThat(h.text("3")).isEqualTo(alone(third, 5));
      assertThat(h.text("4")).isEqualTo(alone(long2, 5));
      assertThat(h.usage("4").cachedTokens()).as("what 2 had read, too").isEqualTo(384);
      assertThat(h.engine.status().freeCacheTokens()).isEqualTo(4_000);
    }
  }

  @Test
  void anotherBranchOfAConversationIsReadFromWhereItLeaves() {
    try (Harness h = harness(4_000)) {
      int[] first = prompt(100);
      run(h, "1", first);
      int[] one = turn(first, h.ids("1"), prompt(100));
      int[] other = turn(first, h.ids("1"), prompt(100));
      run(h, "one", one);
      run(h, "other", other);
      run(h, "one again", one);
      assertThat(h.usage("other").cachedTokens()).isEqualTo(96);
      assertThat(h.usage("one again").cachedTokens()).isEqualTo(192);
      assertThat(h.text("other")).isEqualTo(alone(other, 5));
      assertThat(h.text("one again")).isEqualTo(h.text("one"));
    }
  }

  @Test
  void aSequenceThatFailedLeavesNothingToBeFound() {
    try (
      Harness h = new Harness(SMALL, 2_000, 4_000, history -> {
        if (history.length == 103) {
          throw new ModelRunner.OutOfMemory("no memory", null);
        }
        return Harness.mixed(history);
      })
    ) {
      int[] prompt = prompt(100);
      h.engine.submit(request("1", prompt, 10, ANNA));
      h.runDry();
      assertThat(h.of("1", EngineEvent.Failed.class)).hasSize(1);
      h.engine.submit(request("2", prompt, 2, ANNA));
      h.runDry();
      assertThat(h.usage("2").cachedTokens()).isZero();
    }
  }

  @Test
  void whatCannotBeSettledIsForgotten() {
    int[] prompt = prompt(100);
    List<EngineEvent> events = new ArrayList<>();
    ScriptedRunner script = ScriptedRunner.of(257, 2_000, 4_000, Harness::mixed);
    boolean[] broken = new boolean[1];
    ModelRunner runner = new ModelRunner() {
      @Override
      public RunnerInfo info() {
        return script.info();
      }

      @Override
      public StepOutput step(List<Span> spans) {
        if (broken[0]) {
          throw new ModelRunner.OutOfMemory("no memory", null);
        }
        return script.step(spans);
      }

      @Override
      public void copyCache(int from, int to, int tokens) {
        script.copyCache(from, to, tokens);
      }

      @Override
      public void close() {
        script.close();
      }
    };
    try (LlmEngine engine = LlmEngine.over(runner, Harness.byteText(), SMALL)) {
      engine.submit(request("1", prompt, 50, ANNA));
      while (engine.hasWork()) {
        engine.step(events::add);
      }
      broken[0] = true;
      assertThat(engine.canSettle()).isTrue();
      engine.settle();
      assertThat(engine.canSettle()).isFalse();
      broken[0] = false;
      engine.submit(request("2", prompt, 5, ANNA));
      while (engine.hasWork()) {
        engine.step(events::add);
      }
      assertThat(engine.status().freeCacheTokens()).isEqualTo(4_000);
    }
    assertThat(events.getLast()).isEqualTo(
      new EngineEvent.Finished("2", FinishReason.LENGTH, new Usage(100, 0, 100, 5))
    );
  }

  private static Harness harness(int cacheTokens) {
    return new Harness(SMALL, 2_000, cacheTokens, Harness::mixed);
  }

  private static void run(Harness h, String id, int[] prompt) {
    h.engine.submit(request(id, prompt, 5, ANNA));
    h.runDry().settle();
  }

  private static SequenceRequest request(String id, int[] prompt, int tokens, Party party) {
    return request(id, prompt, tokens, party, 0);
  }

  private static SequenceRequest request(
    String id,
    int[] prompt,
    int tokens,
    Party party,
    int published
  ) {
    return SequenceRequest.of(id, prompt, SamplingParams.GREEDY, tokens).by(party, published);
  }

  private static SequenceRequest allowedThrough(SequenceRequest request, int through) {
    return new SequenceRequest(
      request.id(),
      request.promptIds(),
      request.continueIds(),
      request.sampling(),
      request.maxNewTokens(),
      request.stop(),
      through,
      0,
      request.party(),
      0,
      request.reply()
    );
  }

  private int[] prompt(int tokens) {
    return random.ints(tokens, 'a', 'z' + 1).toArray();
  }

  private static int[] turn(int[]... parts) {
    return Arrays.stream(parts).flatMapToInt(IntStream::of).toArray();
  }

  private static String alone(int[] prompt, int tokens) {
    try (Harness h = harness(4_000)) {
      h.engine.submit(request("alone", prompt, tokens, Party.NONE));
      return h.runDry().text("alone");
    }
  }
}
