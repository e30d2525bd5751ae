package dev.atrium.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.atrium.engine.djl.DeviceOnProcessor;
import dev.atrium.engine.grammar.Grammar;
import dev.atrium.engine.grammar.OutputFormat;
import dev.atrium.engine.model.Draw;
import dev.atrium.engine.model.Likelihood;
import dev.atrium.engine.model.ModelRunner;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.model.RunnerInfo;
import dev.atrium.engine.model.Span;
import dev.atrium.engine.model.StepOutput;
import dev.atrium.engine.text.ModelText;
import dev.atrium.engine.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;

/**
 * Answers whose tokens the device draws, beside those that the host draws from the same logits. The
 * device is the processor here.
 */
class DrawnOnDeviceTest {

  private static final int TOKENS = 40;
  private static final int FEW_TOKENS = 5;
  private static final int CACHE = 8_192;
  private static final int[] PROMPT = { 300, 301, 302, 300 };
  private static final Tokenizer TOKENIZER = Tokenizer.load(
    Path.of(System.getProperty("atrium.root", "."), "inference-node/starter-model/model")
  );
  private static final int EOS = TOKENIZER.id("<|im_end|>").orElseThrow();
  private static final String PERSON =
    "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\",\"maxLength\":5}," +
    "\"age\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":150}},\"required\":[\"name\",\"age\"]}";

  @Test
  void answersAreThoseThatTheHostDraws() {
    for (boolean replayed : new boolean[] { false, true }) {
      Watched device = new Watched(replayed, true, _ -> true);
      Heard drawnThere = answers(device, mixed(60));
      assertThat(device.draws).isGreaterThan(100);
      assertThat(device.logits).as("rows of logits that came to the host").isZero();
      Heard drawnHere = answers(new Watched(replayed, false, _ -> true), mixed(60));
      assertThat(drawnThere.ids).isEqualTo(drawnHere.ids).hasSize(60);
      assertThat(drawnThere.reasons).isEqualTo(drawnHere.reasons);
      assertThat(drawnThere.logprobs.keySet()).isEqualTo(drawnHere.logprobs.keySet());
      drawnHere.logprobs.forEach((id, told) -> assertSame(drawnThere.logprobs.get(id), told));
    }
  }

  @Test
  void greedyAnswersAloneAskNothingMoreOfTheDevice() {
    Watched device = new Watched(true, true, _ -> true);
    Map<String, SamplingParams> greedy = new LinkedHashMap<>();
    for (int i = 0; i < 5; i++) {
      greedy.put("g" + i, SamplingParams.GREEDY);
    }
    assertThat(answers(device, greedy).ids).hasSize(5);
    assertThat(device.draws).isZero();
    assertThat(device.logits).isZero();
  }

  @Test
  void aDrawWithoutMemoryIsTriedAloneAndFailsAlone() {
    Map<String, SamplingParams> requests = new LinkedHashMap<>();
    for (int i = 0; i < 6; i++) {
      requests.put("r" + i, SamplingParams.of(1, i == 4 ? 77 : 0, 1, i));
    }
    Heard expected = answers(new Watched(false, false, _ -> true), requests, FEW_TOKENS);
    Watched poor = new Watched(false, true, rows -> rows == 1);
    poor.failing = 77;
    Heard heard = answers(poor, requests, FEW_TOKENS);
    assertThat(heard.failures).containsExactly(Map.entry("r4", "out_of_memory"));
    expected.ids.remove("r4");
    heard.ids.remove("r4");
    assertThat(heard.ids).isEqualTo(expected.ids);
  }

  @Test
  void logitsThatAreNoNumbersEndTheirOwnAnswerOnly() {
    Watched broken = new Watched(false, true, _ -> true);
    broken.notNumbers = 77;
    Heard heard = answers(
      broken,
      Map.of("bad", SamplingParams.of(1, 77, 1, 1), "good", SamplingParams.of(1, 0, 1, 1))
    );
    assertThat(heard.failures).containsExactly(Map.entry("bad", "engine_failed"));
    assertThat(heard.ids.get("good")).isNotEmpty();
  }

  private static Map<String, SamplingParams> mixed(int count) {
    Map<String, SamplingParams> all = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      SamplingParams params = switch (i % 10) {
        case 0 -> SamplingParams.GREEDY;
        case 1 -> SamplingParams.of(1, 0, 1, i);
        case 2 -> SamplingParams.of(0.8, 0, 0.95, i);
        case 3 -> SamplingParams.of(1.2, 40, 0.9, i).withPenalties(1.2, 0.4, 0.1);
        case 4 -> SamplingParams.of(0.7, 0, 1, i).withMinP(0.2);
        case 5 -> SamplingParams.of(1, 1_500, 0.999, i).withLogitBias(Map.of(300, -100.0, 7, 3.0));
        case 6 -> SamplingParams.GREEDY.withPenalties(1.5, 0, 0.2).withLogprobs(3);
        case 7 -> SamplingParams.of(1, 0, 0.9, i).withLogprobs(i % 3);
        case 8 -> SamplingParams.of(1, 0, 0.95, i).withGrammar(grammar());
        default -> SamplingParams.GREEDY.withGrammar(grammar()).withLogitBias(Map.of(EOS, 50.0));
      };
      all.put("s" + i, params);
    }
    return all;
  }

  private static Grammar grammar() {
    return Grammars.GRAMMAR;
  }

  /** Compiled once, by an engine over anything. */
  private static final class Grammars {

    static final Grammar GRAMMAR;

    static {
      try (LlmEngine engine = engine(new Watched(false, false, _ -> true))) {
        GRAMMAR = engine.grammar(new OutputFormat.JsonSchema(PERSON)).orElseThrow();
      }
    }
  }

  private static void assertSame(List<TokenLogprob> actual, List<TokenLogprob> expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      TokenLogprob told = expected.get(i);
      assertThat(actual.get(i).id()).isEqualTo(told.id());
      assertThat(actual.get(i).logprob()).isCloseTo(told.logprob(), within(1e-6));
      assertThat(ids(actual.get(i))).isEqualTo(ids(told));
    }
  }

  private static List<Integer> ids(TokenLogprob told) {
    return told.alternatives().stream().map(TokenLogprob.Alternative::id).toList();
  }

  private static LlmEngine engine(ModelRunner runner) {
    ModelText text = ModelText.of(TOKENIZER, Optional.empty(), Set.of(EOS));
    // Whatever a step takes here: the same sequences are in it each time.
    return LlmEngine.over(runner, text, EngineConfig.defaults().withMaxBatch(24), () -> 0);
  }

  private static Heard answers(ModelRunner runner, Map<String, SamplingParams> requests) {
    return answers(runner, requests, TOKENS);
  }

  private static Heard answers(
    ModelRunner runner,
    Map<String, SamplingParams> requests,
    int tokens
  ) {
    Heard heard = new Heard();
    try (LlmEngine engine = engine(runner)) {
      requests.forEach((id, params) ->
        engine.submit(SequenceRequest.of(id, PROMPT, params, tokens))
      );
      while (engine.hasWork()) {
        engine.step(heard::hear);
      }
    }
    return heard;
  }

  private static final class Heard {

    final Map<String, List<Integer>> ids = new HashMap<>();
    final Map<String, List<TokenLogprob>> logprobs = new HashMap<>();
    final Map<String, FinishReason> reasons = new HashMap<>();
    final Map<String, String> failures = new HashMap<>();

    void hear(EngineEvent event) {
      String id = event.sequenceId();
      switch (event) {
        case EngineEvent.Text text -> {
          List<Integer> all = ids.computeIfAbsent(id, _ -> new ArrayList<>());
          Arrays.stream(text.tokenIds()).forEach(all::add);
          if (!text.logprobs().isEmpty()) {
            logprobs.computeIfAbsent(id, _ -> new ArrayList<>()).addAll(text.logprobs());
          }
        }
        case EngineEvent.Finished finished -> reasons.put(id, finished.reason());
        case EngineEvent.Failed failed -> failures.put(id, failed.code());
        default -> {}
      }
    }
  }

  /** The runner for GPUs, with a look at what is asked of it. */
  private static final class Watched implements ModelRunner {

    private final ModelRunner runner;
    private final boolean drawing;
    private final IntPredicate enough;
    int draws;
    int logits;
    /** Draws with this top-k find no memory. */
    int failing = -1;
    /** Draws with this top-k find no numbers. */
    int notNumbers = -1;

    /**
     * @param drawing whether the device draws, or the host from the same logits
     * @param enough for how many rows at once there is memory
     */
    Watched(boolean replayed, boolean drawing, IntPredicate enough) {
      this.drawing = drawing;
      this.enough = enough;
      NetworkShape shape = NetworkShape.of(1, 32, 2, 2, 16, 48, TOKENIZER.vocabSize(), 512);
      this.runner = DeviceOnProcessor.load(shape, 8, CACHE, replayed);
    }

    @Override
    public RunnerInfo info() {
      return runner.info();
    }

    @Override
    public StepOutput step(List<Span> spans) {
      return new Output(runner.step(spans));
    }

    @Override
    public void copyCache(int from, int to, int tokens) {
      runner.copyCache(from, to, tokens);
    }

    @Override
    public void close() {
      runner.close();
    }

    private final class Output implements StepOutput {

      private final StepOutput output;

      Output(StepOutput output) {
        this.output = output;
      }

      @Override
      public int rows() {
        return output.rows();
      }

      @Override
      public int argmax(int row) {
        return output.argmax(row);
      }

      @Override
      public void logits(int row, float[] target) {
        logits++;
        output.logits(row, target);
      }

      @Override
      public boolean draws() {
        return drawing;
      }

      @Override
      public int[] draw(List<Draw> asked) {
        draws++;
        if (!enough.test(asked.size()) || asked.stream().anyMatch(d -> d.topK() == failing)) {
          throw new OutOfMemory("no memory", null);
        }
        int[] ids = output.draw(asked);
        for (int i = 0; i < ids.length; i++) {
          if (asked.get(i).topK() == notNumbers) {
            ids[i] = Draw.NOT_NUMBERS;
          }
        }
        return ids;
      }

      @Override
      public List<Likelihood> likelihoods(int[] rows, int[] tokens, int best) {
        return output.likelihoods(rows, tokens, best);
      }
    }
  }
}
