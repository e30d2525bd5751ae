package dev.atrium.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.engine.djl.TorchModelRunner;
import dev.atrium.engine.model.ModelRunner;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.model.Precision;
import dev.atrium.engine.safetensors.RandomWeights;
import dev.atrium.engine.scripted.ScriptedRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Ten thousand sequences that start, stop, are cancelled, run out of credit, go on with conversations,
 * share beginnings and are several answers to one prompt, in an arena that is too small for them. All from one seed. In the end nothing is
 * left: no range of the arena, no native value, no thread; and every sequence had exactly one end.
 */
class TurmoilTest {

  private static final long SEED = 20261126;
  private static final int CACHE = 900;
  private static final int VOCAB = 256;
  private static final boolean LONG = Boolean.getBoolean("atrium.long");

  private final Map<String, Integer> ends = new HashMap<>();
  private final Map<String, List<Integer>> answers = new HashMap<>();
  private final Map<String, SequenceRequest> requests = new HashMap<>();
  private int cachedTokens;
  private int readAgain;

  @Test
  void aScriptLeavesNothing() {
    int sequences = LONG ? 100_000 : 10_000;
    ScriptedRunner runner = ScriptedRunner.of(VOCAB, 400, CACHE, Harness::mixed);
    try (LlmEngine engine = engine(runner)) {
      turmoil(engine, sequences);
      assertThat(engine.status()).isEqualTo(new EngineStatus(0, 0, CACHE));
    }
    assertThat(ends)
      .hasSize(sequences)
      .allSatisfy((id, count) -> assertThat(count).isEqualTo(1));
    assertThat(cachedTokens).as("tokens found").isGreaterThan(2 * sequences);
    assertThat(readAgain).as("tokens read again").isGreaterThan(sequences / 10);
    // The script draws from what lies in the arena: what it wrote must be what the tokens say.
    answers.forEach((id, ids) -> assertThat(ids).as(id).isEqualTo(expected(requests.get(id), ids)));
  }

  @Test
  void aNetworkLeavesNoNativeValueAndNoThread() throws IOException {
    int sequences = LONG ? 10_000 : 1_000;
    NetworkShape shape = NetworkShape.of(1, 16, 2, 1, 8, 32, VOCAB, 400);
    try (RandomWeights weights = new RandomWeights(1)) {
      TorchModelRunner runner = TorchModelRunner.load(
        "tiny",
        shape,
        weights,
        Precision.FP16,
        1,
        CACHE
      );
      try (LlmEngine engine = engine(runner)) {
        turmoil(engine, 50);
        ends.clear();
        int values = runner.nativeValues();
        long threads = threads();
        turmoil(engine, sequences);
        assertThat(engine.status()).isEqualTo(new EngineStatus(0, 0, CACHE));
        assertThat(runner.nativeValues()).isLessThanOrEqualTo(values);
        // The JVM's own compilers come and go.
        assertThat(threads()).isLessThan(threads + 20);
      }
    }
    assertThat(ends)
      .hasSize(sequences)
      .allSatisfy((id, count) -> assertThat(count).isEqualTo(1));
  }

  private void turmoil(LlmEngine engine, int sequences) {
    Random random = new Random(SEED);
    List<int[]> systems = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      systems.add(ids(random, 20 + 30 * i));
    }
    List<int[]> history = new ArrayList<>(systems);
    List<String> alive = new ArrayList<>();
    for (int i = 0; i < sequences; ) {
      int published = random.nextInt(4) == 0 ? random.nextInt(3) : -1;
      int[] before = published >= 0
        ? systems.get(published)
        : history.get(random.nextInt(history.size()));
      int[] prompt = IntStream.concat(
        IntStream.of(before),
        IntStream.of(ids(random, 1 + random.nextInt(40)))
      ).toArray();
      List<SequenceRequest> choices = new ArrayList<>();
      for (int c = random.nextInt(5) == 0 ? 3 : 1; c > 0 && i < sequences; c--) {
        choices.add(request(random, "s" + i++, prompt, published >= 0 ? before.length : 0));
      }
      engine.submit(choices);
      for (SequenceRequest choice : choices) {
        requests.put(choice.id(), choice);
        alive.add(choice.id());
      }
      if (prompt.length < 200) {
        if (history.size() > 40) {
          history.remove(random.nextInt(history.size()));
        }
        history.add(prompt);
      }
      for (int s = random.nextInt(8); s > 0; s--) {
        engine.step(this::hear);
      }
      if (random.nextInt(10) == 0) {
        engine.settle();
      }
      if (random.nextInt(4) == 0) {
        engine.cancel(alive.get(random.nextInt(alive.size())));
      }
      alive.forEach(a -> engine.allow(a, random.nextInt(30)));
      while (engine.status().active() + engine.status().waiting() > 30) {
        alive.forEach(a -> engine.allow(a, 100));
        engine.step(this::hear);
      }
      alive.removeIf(ends::containsKey);
    }
    alive.forEach(a -> engine.allow(a, 1_000));
    while (engine.hasWork()) {
      engine.step(this::hear);
    }
    while (engine.canSettle()) {
      engine.settle();
    }
  }

  private static SequenceRequest request(Random random, String id, int[] prompt, int published) {
    int most = 1 + random.nextInt(40);
    Party party = random.nextInt(8) == 0
      ? Party.NONE
      : new Party("d" + random.nextInt(3), "u" + random.nextInt(5));
    return new SequenceRequest(
      id,
      prompt,
      new int[0],
      SamplingParams.GREEDY,
      most,
      List.of(),
      random.nextInt(most + 1),
      0,
      party,
      published,
      Optional.empty()
    );
  }

  private void hear(EngineEvent event) {
    switch (event) {
      case EngineEvent.Text text -> {
        List<Integer> ids = answers.computeIfAbsent(text.sequenceId(), _ -> new ArrayList<>());
        Arrays.stream(text.tokenIds()).forEach(ids::add);
      }
      case EngineEvent.Finished end -> {
        ends.merge(end.sequenceId(), 1, Integer::sum);
        Usage usage = end.usage();
        cachedTokens += usage.cachedTokens();
        readAgain += Math.max(
          0,
          usage.prefilledTokens() - (usage.promptTokens() - usage.cachedTokens())
        );
      }
      case EngineEvent.Failed failed -> throw new AssertionError(failed);
      default -> {}
    }
  }

  private static List<Integer> expected(SequenceRequest request, List<Integer> written) {
    int[] all = Arrays.copyOf(request.promptIds(), request.promptIds().length + written.size());
    List<Integer> expected = new ArrayList<>();
    for (int at = request.promptIds().length; at < all.length; at++) {
      all[at] = Harness.mixed(Arrays.copyOf(all, at));
      expected.add(all[at]);
    }
    return expected;
  }

  private static LlmEngine engine(ModelRunner runner) {
    EngineConfig config = Harness.SMALL.withMaxBatch(6).withStepTokenBudget(64).withMaxWaiting(60);
    return LlmEngine.over(runner, Harness.byteText(), config);
  }

  private static int[] ids(Random random, int count) {
    return random.ints(count, 'a', 'z' + 1).toArray();
  }

  /** Those of the native library too. */
  private static long threads() throws IOException {
    try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
      return tasks.count();
    }
  }
}
