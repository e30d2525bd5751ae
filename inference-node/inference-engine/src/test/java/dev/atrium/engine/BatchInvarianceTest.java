package dev.atrium.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.engine.djl.TorchModelRunner;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.model.NetworkShape.Biases;
import dev.atrium.engine.model.Precision;
import dev.atrium.engine.safetensors.RandomWeights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a sequence writes does not depend on who else is in the batch: its ids are compared, greedy and
 * sampled, alone and among others that come, go and push it about in the cache.
 */
class BatchInvarianceTest {

  /** With everything that a layer can have beyond the plain one, in some layers at least. */
  private static final NetworkShape SHAPE = NetworkShape.of(4, 128, 4, 2, 32, 256, 256, 384)
    .withQkNorm()
    .withBiases(new Biases(true, true, true))
    .withWindow(70, List.of(true, false, true, false))
    .withStill(List.of(false, false, false, true));

  @ParameterizedTest
  @EnumSource(names = { "F32", "FP16", "INT8" })
  void idsAreTheSameAloneAndInCompany(Precision precision) {
    Map<String, SequenceRequest> requests = requests(Boolean.getBoolean("atrium.long") ? 40 : 12);
    Map<String, int[]> alone = new LinkedHashMap<>();
    try (LlmEngine engine = engine(precision, 1, 4000)) {
      requests.forEach((id, request) -> {
        engine.submit(request);
        List<EngineEvent> events = new ArrayList<>();
        while (engine.hasWork()) {
          engine.step(events::add);
        }
        alone.put(id, ids(id, events));
      });
    }
    Random random = new Random(2);
    List<EngineEvent> events = new ArrayList<>();
    try (LlmEngine engine = engine(precision, 6, 1600)) {
      requests.forEach((id, request) -> {
        engine.submit(request);
        engine.submit(
          SequenceRequest.of("noise-" + id, prompt(random), SamplingParams.GREEDY, 300)
        );
        for (int s = random.nextInt(30); s > 0; s--) {
          engine.step(events::add);
        }
        engine.cancel("noise-" + id);
      });
      while (engine.hasWork()) {
        engine.step(events::add);
      }
    }
    alone.forEach((id, ids) -> {
      assertThat(ids).hasSize(80);
      assertThat(ids(id, events)).as(id).isEqualTo(ids);
    });
  }

  private static Map<String, SequenceRequest> requests(int count) {
    Random random = new Random(1);
    Map<String, SequenceRequest> requests = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      SamplingParams sampling = i % 2 == 0
        ? SamplingParams.GREEDY
        : SamplingParams.of(0.8, 40, 0.9, i);
      requests.put("s" + i, SequenceRequest.of("s" + i, prompt(random), sampling, 80));
    }
    return requests;
  }

  private static int[] prompt(Random random) {
    return random.ints(1 + random.nextInt(200), 0, SHAPE.vocab()).toArray();
  }

  private static LlmEngine engine(Precision precision, int batch, int cacheTokens) {
    EngineConfig config = EngineConfig.defaults()
      .withPrecision(precision)
      .withMaxBatch(batch)
      .withStepTokenBudget(140)
      .withMaxWaiting(200);
    try (RandomWeights weights = new RandomWeights(3)) {
      return LlmEngine.over(
        TorchModelRunner.load("random", SHAPE, weights, precision, 2, cacheTokens),
        Harness.byteText(),
        config
      );
    }
  }

  private static int[] ids(String id, List<EngineEvent> events) {
    return events
      .stream()
      .filter(e -> e.sequenceId().equals(id) && e instanceof EngineEvent.Text)
      .flatMapToInt(e -> Arrays.stream(((EngineEvent.Text) e).tokenIds()))
      .toArray();
  }
}
