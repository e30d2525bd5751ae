package dev.atrium.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.engine.djl.TorchModelRunner;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.model.NetworkShape.Biases;
import dev.atrium.engine.model.Precision;
import dev.atrium.engine.safetensors.RandomWeights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What is found in the cache, and having to give way, changes no id: conversations of several turns are
 * written by an engine that keeps what it can, in company and with little room, and turn by turn by one
 * that begins each time with nothing. Greedy and drawn answers, windows and all.
 */
class ReuseInvarianceTest {

  private static final int TURNS = 3;
  private static final NetworkShape SHAPE = NetworkShape.of(4, 128, 4, 2, 32, 256, 256, 1_024)
    .withQkNorm()
    .withBiases(new Biases(true, true, true))
    .withWindow(70, List.of(true, false, true, false))
    .withStill(List.of(false, false, false, true));

  private int cached;
  private int readAgain;

  @ParameterizedTest
  @EnumSource(names = { "FP16", "INT8" })
  void whatIsFoundChangesNoId(Precision precision) {
    converse(precision, 1_700, 60);
    assertThat(cached).as("tokens found").isGreaterThan(500);
  }

  @ParameterizedTest
  @EnumSource(names = { "FP16", "INT8" })
  void havingToGiveWayChangesNoId(Precision precision) {
    converse(precision, 1_024, 150);
    assertThat(readAgain).as("tokens read again by those who gave way").isPositive();
  }

  private void converse(Precision precision, int cacheTokens, int tokens) {
    int users = Boolean.getBoolean("atrium.long") ? 24 : 5;
    Random random = new Random(11);
    int[] system = ids(random, 90);
    List<int[]> conversations = new ArrayList<>();
    for (int u = 0; u < users; u++) {
      conversations.add(system);
    }
    try (
      LlmEngine keeping = engine(precision, 4, cacheTokens);
      LlmEngine fresh = engine(precision, 1, 1_024)
    ) {
      for (int turn = 0; turn < TURNS; turn++) {
        List<SequenceRequest> requests = new ArrayList<>();
        for (int u = 0; u < users; u++) {
          int[] prompt = join(conversations.get(u), ids(random, 1 + random.nextInt(60)));
          SamplingParams sampling = u % 2 == 0
            ? SamplingParams.GREEDY
            : SamplingParams.of(0.8, 40, 0.9, u);
          requests.add(
            SequenceRequest.of("u" + u + "t" + turn, prompt, sampling, tokens).by(
              new Party("d" + (u % 2), "u" + u),
              90
            )
          );
        }
        requests.forEach(keeping::submit);
        List<EngineEvent> events = new ArrayList<>();
        run(keeping, events);
        if (turn % 2 == 0) {
          settle(keeping);
        }
        for (int u = 0; u < users; u++) {
          SequenceRequest request = requests.get(u);
          int[] answer = answer(request.id(), events);
          assertThat(answer).as(request.id()).isEqualTo(alone(fresh, request));
          conversations.set(u, join(request.promptIds(), answer));
        }
      }
    }
  }

  private static void settle(LlmEngine engine) {
    while (engine.canSettle()) {
      engine.settle();
    }
  }

  private static void run(LlmEngine engine, List<EngineEvent> told) {
    while (engine.hasWork()) {
      engine.step(told::add);
    }
  }

  private int[] alone(LlmEngine fresh, SequenceRequest request) {
    List<EngineEvent> told = new ArrayList<>();
    fresh.submit(
      SequenceRequest.of("alone", request.promptIds(), request.sampling(), request.maxNewTokens())
    );
    run(fresh, told);
    return answer("alone", told);
  }

  private int[] answer(String id, List<EngineEvent> events) {
    List<Integer> ids = new ArrayList<>();
    for (EngineEvent event : events) {
      switch (event) {
        case EngineEvent.Text text when text.sequenceId().equals(id) -> Arrays.stream(
          text.tokenIds()
        ).forEach(ids::add);
        case EngineEvent.Finished end when end.sequenceId().equals(id) -> {
          Usage usage = end.usage();
          cached += usage.cachedTokens();
          readAgain += usage.prefilledTokens() - (usage.promptTokens() - usage.cachedTokens());
        }
        default -> {}
      }
    }
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  private static int[] ids(Random random, int count) {
    return random.ints(count, 0, SHAPE.vocab()).toArray();
  }

  private static int[] join(int[] one, int[] other) {
    return IntStream.concat(IntStream.of(one), IntStream.of(other)).toArray();
  }

  private static LlmEngine engine(Precision precision, int batch, int cacheTokens) {
    EngineConfig config = EngineConfig.defaults()
      .withPrecision(precision)
      .withMaxBatch(batch)
      .withStepTokenBudget(140)
      .withMaxWaiting(200);
    try (RandomWeights weights = new RandomWeights(3)) {
      return LlmEngine.over(
        TorchModelRunner.load("random", SHAPE, weights, precision, 1, cacheTokens),
        Harness.byteText(),
        config,
        // No time passes: who has to give way does not depend on the machine.
        () -> 0
      );
    }
  }
}
