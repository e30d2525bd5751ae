package dev.atrium.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.engine.djl.TorchModelRunner;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.model.Precision;
import dev.atrium.engine.safetensors.RandomWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** An answer that is cut anywhere goes on, elsewhere, as if it had not been: from ids, seed, index. */
class ContinuationTest {

  private static final int TOKENS = 24;
  private static final NetworkShape SHAPE = NetworkShape.of(2, 64, 4, 2, 16, 96, 257, 256);
  private static final int[] PROMPT = new Random(4).ints(20, 0, 256).toArray();

  /** Everything at once; so small a temperature that the penalties decide. */
  private static final SamplingParams PARAMS = SamplingParams.of(0.7, 100, 0.97, 99)
    .withMinP(0.01)
    .withPenalties(1.3, 0.6, 0.4)
    .withLogitBias(Map.of(5, 2.5, 6, -100.0))
    .withLogprobs(3);

  @Test
  void itGoesOnTheSameFromEveryIndex() {
    List<TokenLogprob> whole = answer(PARAMS);
    assertThat(whole).hasSize(TOKENS);
    for (int cut = 0; cut < TOKENS; cut++) {
      int[] before = ids(whole.subList(0, cut));
      assertThat(answer(PARAMS, before)).as("cut at %d", cut).isEqualTo(whole.subList(cut, TOKENS));
    }
  }

  @Test
  void aGreedyOneWithPenaltiesGoesOnToo() {
    SamplingParams greedy = SamplingParams.GREEDY.withPenalties(1, 3, 3).withLogprobs(0);
    List<TokenLogprob> whole = answer(greedy);
    assertThat(ids(whole)).as("no token twice").doesNotHaveDuplicates();
    assertThat(answer(greedy, ids(whole.subList(0, 11)))).isEqualTo(whole.subList(11, TOKENS));
  }

  @Test
  void eachOfTheParametersHasAPartInIt() {
    int[] whole = ids(answer(PARAMS));
    assertThat(ids(answer(PARAMS.withPenalties(1, 0.6, 0.4)))).isNotEqualTo(whole);
    assertThat(ids(answer(PARAMS.withPenalties(1.3, 0, 0)))).isNotEqualTo(whole);
    assertThat(ids(answer(PARAMS.withLogitBias(Map.of(whole[3], -100.0))))).isNotEqualTo(whole);
    assertThat(ids(answer(PARAMS.withMinP(1)))).isNotEqualTo(whole);
  }

  @Test
  void aBiasOfATokenThatDoesNotExistIsRefused() {
    assertThatThrownBy(() ->
      answer(SamplingParams.GREEDY.withLogitBias(Map.of(257, 1.0)).withLogprobs(0))
    )
      .isInstanceOf(IllegalArgumentException.class)
      .hasMessageContaining("token 257");
  }

  private static List<TokenLogprob> answer(SamplingParams params, int... before) {
    EngineConfig config = EngineConfig.defaults().withPrecision(Precision.FP16);
    List<TokenLogprob> told = new ArrayList<>();
    try (
      RandomWeights weights = new RandomWeights(3);
      LlmEngine engine = LlmEngine.over(
        TorchModelRunner.load("random", SHAPE, weights, Precision.FP16, 1, 256),
        Harness.byteText(),
        config
      )
    ) {
      engine.submit(new SequenceRequest("a", PROMPT, before, params, TOKENS, List.of(), TOKENS, 0));
      while (engine.hasWork()) {
        engine.step(event -> {
          if (event instanceof EngineEvent.Text text) {
            assertThat(text.logprobs()).hasSameSizeAs(text.tokenIds());
            assertThat(ids(text.logprobs())).isEqualTo(text.tokenIds());
            told.addAll(text.logprobs());
          }
        });
      }
    }
    return told;
  }

  private static int[] ids(List<TokenLogprob> told) {
    return told.stream().mapToInt(TokenLogprob::id).toArray();
  }
}
