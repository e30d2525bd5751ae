package dev.atrium.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.engine.djl.TorchModelRunner;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.model.Precision;
import dev.atrium.engine.safetensors.RandomWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Several answers to one prompt. */
class ChoicesTest {

  private static final NetworkShape SHAPE = NetworkShape.of(2, 64, 4, 2, 16, 96, 257, 256);
  private static final int[] PROMPT = new Random(4).ints(70, 0, 256).toArray();
  private static final SamplingParams PARAMS = SamplingParams.of(1, 0, 1, 99);
  private static final int TOKENS = 20;

  @Test
  void eachIsWhatItWouldBeAloneAndNoneIsLikeAnother() {
    try (Answers together = new Answers()) {
      together.engine.submit(IntStream.range(0, 4).mapToObj(ChoicesTest::choice).toList());
      together.run();
      List<List<Integer>> all = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        try (Answers alone = new Answers()) {
          alone.engine.submit(choice(i));
          alone.run();
          assertThat(together.ids(i)).as("choice %d", i).isEqualTo(alone.ids(i)).hasSize(TOKENS);
        }
        all.add(together.ids(i));
      }
      assertThat(all).doesNotHaveDuplicates();
    }
  }

  @Test
  void oneOfThemGoesOnElsewhereWithoutTheOthers() {
    try (Answers whole = new Answers()) {
      whole.engine.submit(IntStream.range(0, 3).mapToObj(ChoicesTest::choice).toList());
      whole.run();
      for (int cut : new int[] { 0, 1, 7, TOKENS - 1 }) {
        try (Answers rest = new Answers()) {
          // The first had ended when the node was lost.
          rest.engine.submit(
            List.of(
              continued(1, whole.ids(1).subList(0, cut)),
              continued(2, whole.ids(2).subList(0, 3))
            )
          );
          rest.run();
          assertThat(rest.ids(1)).isEqualTo(whole.ids(1).subList(cut, TOKENS));
          assertThat(rest.ids(2)).isEqualTo(whole.ids(2).subList(3, TOKENS));
        }
      }
    }
  }

  @Test
  void thePromptIsComputedOnce() {
    try (Harness h = new Harness(Harness.SMALL, 512, 2_048, Harness::mixed)) {
      String prompt = "x".repeat(199);
      h.engine.submit(
        List.of(
          Harness.greedy("a", prompt, 5),
          Harness.greedy("b", prompt, 5),
          Harness.greedy("c", prompt, 5)
        )
      );
      h.runDry();
      // 200 tokens, the last block again for the two others, and of each answer all but the last token.
      assertThat(h.computed()).isEqualTo(200 + 2 * (200 - 192) + 3 * 4);
      assertThat(h.usage("a").prefilledTokens()).isEqualTo(200);
      assertThat(h.usage("b").cachedTokens()).isEqualTo(192);
      assertThat(h.usage("c").prefilledTokens()).isEqualTo(8);
      assertThat(h.text("b")).isEqualTo(h.text("a"));
      assertThat(h.engine.status()).isEqualTo(new EngineStatus(0, 0, 2_048));
    }
  }

  @Test
  void oneThatIsCancelledBeforeItHasReadLeavesTheReadingToAnother() {
    try (Harness h = new Harness(Harness.SMALL, 512, 2_048, Harness::mixed)) {
      String prompt = "x".repeat(299);
      h.engine.submit(List.of(Harness.greedy("a", prompt, 5), Harness.greedy("b", prompt, 5)));
      h.step();
      h.engine.cancel("a");
      h.runDry();
      assertThat(h.ids("b")).hasSize(5);
      assertThat(h.engine.status()).isEqualTo(new EngineStatus(0, 0, 2_048));
    }
  }

  @Test
  void allOrNoneAreTaken() {
    try (Harness h = new Harness(Harness.SMALL, 512, 2_048, Harness::mixed)) {
      List<SequenceRequest> nine = IntStream.range(0, 9)
        .mapToObj(i -> Harness.greedy("s" + i, "hello", 5))
        .toList();
      assertThatThrownBy(() -> h.engine.submit(nine)).isInstanceOf(OverloadedException.class);
      assertThatThrownBy(() ->
        h.engine.submit(List.of(Harness.greedy("a", "one", 5), Harness.greedy("b", "two", 5)))
      ).hasMessageContaining("one prompt");
      assertThat(h.engine.hasWork()).isFalse();
      assertThat(h.engine.status()).isEqualTo(new EngineStatus(0, 0, 2_048));
    }
  }

  private static SequenceRequest choice(int i) {
    return continued(i, List.of());
  }

  private static SequenceRequest continued(int i, List<Integer> before) {
    int[] ids = before.stream().mapToInt(Integer::intValue).toArray();
    return new SequenceRequest(
      "c" + i,
      PROMPT,
      ids,
      PARAMS.forChoice(i),
      TOKENS,
      List.of(),
      TOKENS,
      0
    );
  }

  /** An engine over random weights, and the ids that it wrote. */
  private static final class Answers implements AutoCloseable {

    private final LlmEngine engine;
    private final List<EngineEvent.Text> texts = new ArrayList<>();

    Answers() {
      try (RandomWeights weights = new RandomWeights(3)) {
        engine = LlmEngine.over(
          TorchModelRunner.load("random", SHAPE, weights, Precision.FP16, 1, 1_024),
          Harness.byteText(),
          EngineConfig.defaults()
        );
      }
    }

    void run() {
      while (engine.hasWork()) {
        engine.step(event -> {
          if (event instanceof EngineEvent.Text text) {
            texts.add(text);
          }
        });
      }
    }

    List<Integer> ids(int choice) {
      return texts
        .stream()
        .filter(text -> text.sequenceId().equals("c" + choice))
        .flatMap(text -> IntStream.of(text.tokenIds()).boxed())
        .toList();
    }

    @Override
    public void close() {
      engine.close();
    }
  }
}
