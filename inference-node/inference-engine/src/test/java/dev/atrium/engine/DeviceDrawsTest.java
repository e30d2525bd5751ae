package dev.atrium.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.atrium.engine.djl.DeviceDraws;
import dev.atrium.engine.grammar.TokenMask;
import dev.atrium.engine.grammar.TokenMasks;
import dev.atrium.engine.model.Device;
import dev.atrium.engine.model.Draw;
import dev.atrium.engine.model.Likelihood;
import dev.atrium.engine.model.MemoryPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The program by which a device draws, run by the processor, beside the sampler of the host and beside
 * the sorted vocabulary in double.
 */
class DeviceDrawsTest {

  /** The processor; where there is a GPU, that one with {@code -Datrium.gpu=true}. */
  private static final Device DEVICE = Boolean.getBoolean("atrium.gpu")
    ? new Device(0)
    : Device.CPU;

  /**
   * A share of what is kept: so far from a boundary host and device draw the same. The host's weights
   * are off by so much.
   */
  private static final double NEAR = 1e-6;

  /** The same for the device and exact numbers. */
  private static final double EXACT = 1e-11;

  private static final int[] SMALL = { 17, 64, 65, 100, 257, 1000, 1024, 1025, 1500 };
  private static final double[] TEMPERATURES = { 1e-45, 1e-3, 0.3, 0.8, 1, 2, 100 };
  private static final int[] TOP_K = { 0, 0, 0, 1, 2, 40, 256, 257, 300, 1024, 1025, 100_000 };
  private static final double[] TOP_P = { 1, 1, 0.999, 0.95, 0.5, 0.01 };
  private static final double[] MIN_P = { 0, 0, 0.01, 0.5, 1 };

  private final NDManager tensors = NDManager.newBaseManager(
    DEVICE.isGpu() ? ai.djl.Device.gpu(DEVICE.gpu()) : ai.djl.Device.cpu(),
    "PyTorch"
  );
  private final Random random = new Random(7);
  private int compared;
  private int others;
  private int unclear;

  @AfterEach
  void close() {
    tensors.close();
  }

  @Test
  void drawsWhatTheHostDraws() {
    for (int vocab : SMALL) {
      try (DeviceDraws device = new DeviceDraws(DEVICE, vocab)) {
        for (int round = 0; round < 40; round++) {
          compare(device, vocab, 1 + random.nextInt(40));
        }
      }
    }
    assertThat(compared).isGreaterThan(6_000);
    assertThat(others).isLessThan(compared / 1_000);
    assertThat(unclear).isLessThan(compared / 20);
  }

  @Test
  void drawsSoFromLargeVocabulariesToo() {
    for (int vocab : new int[] { 5_000, 50_000 }) {
      try (DeviceDraws device = new DeviceDraws(DEVICE, vocab)) {
        for (int round = 0; round < 16; round++) {
          compare(device, vocab, 1 + random.nextInt(12));
        }
      }
    }
    assertThat(compared).isGreaterThan(150);
    assertThat(others).isLessThan(3);
  }

  @Test
  void boundariesLieWhereExactNumbersPutThem() {
    double off = 10 * EXACT;
    for (String shape : List.of("peaked", "wide", "flat", "tied")) {
      for (int vocab : new int[] { 100, 5_000 }) {
        float[] logits = KeptTokens.logits(random, shape, vocab);
        for (SamplingParams params : List.of(
          SamplingParams.of(1, 0, 1, 0),
          SamplingParams.of(0.8, 0, 0.95, 0),
          SamplingParams.of(1.3, 40, 1, 0),
          SamplingParams.of(1, 2_000, 0.9, 0).withMinP(0.001)
        )) {
          KeptTokens kept = KeptTokens.of(logits, params, EXACT).orElseThrow();
          List<Draw> draws = new ArrayList<>();
          List<Integer> expected = new ArrayList<>();
          for (int i = 0; i < 50; i++) {
            int place = 1 + random.nextInt(Math.max(1, kept.ids().length - 1));
            if (place < kept.ids().length && kept.share(place) > 2 * off) {
              draws.add(at(kept.from()[place] + off, params));
              expected.add(kept.ids()[place]);
            }
            if (kept.share(place - 1) > 2 * off) {
              draws.add(at(kept.from()[place] - off, params));
              expected.add(kept.ids()[place - 1]);
            }
          }
          try (DeviceDraws device = new DeviceDraws(DEVICE, vocab)) {
            assertThat(device.draw(rows(logits), draws))
              .as("%s %d %s", shape, vocab, params)
              .containsExactly(
                expected
                  .stream()
                  .mapToInt(id -> id)
                  .toArray()
              );
          }
        }
      }
    }
  }

  @Test
  void likelihoodsAreTheHostsAndExact() {
    for (int vocab : new int[] { 3, 100, 5_000 }) {
      float[][] rows = { null, null, null, null };
      for (int row = 0; row < rows.length; row++) {
        rows[row] = KeptTokens.logits(random, KeptTokens.SHAPES.get(row + 1), vocab);
      }
      int[] tokens = { vocab / 2, 0, vocab - 1 };
      int[] at = { 2, 0, 3 };
      List<Likelihood> told;
      try (DeviceDraws device = new DeviceDraws(DEVICE, vocab)) {
        told = device.likelihoods(rows(rows), at, tokens, 20);
      }
      assertThat(told).hasSize(3);
      for (int i = 0; i < at.length; i++) {
        float[] logits = rows[at[i]];
        TokenLogprob host = new Sampler(vocab).logprob(SamplerTest.row(logits), 0, tokens[i], 20);
        TokenLogprob device = TokenLogprob.of(tokens[i], told.get(i), 20);
        assertThat(device.logprob()).isCloseTo(host.logprob(), within(NEAR));
        assertThat(device.alternatives())
          .extracting(TokenLogprob.Alternative::id)
          .containsExactlyElementsOf(
            host.alternatives().stream().map(TokenLogprob.Alternative::id).toList()
          );
        double all = 0;
        for (float logit : logits) {
          all += Math.exp((double) logit - logits[device.alternatives().getFirst().id()]);
        }
        double exact = -Math.log(all);
        assertThat(device.alternatives().getFirst().logprob()).isCloseTo(exact, within(EXACT));
      }
    }
  }

  @Test
  void rowsThatAreTooManyForTheirMemoryAreDrawnInTurns() {
    int vocab = MemoryPlan.DRAWN_AT_ONCE / 3;
    try (DeviceDraws device = new DeviceDraws(DEVICE, vocab)) {
      compare(device, vocab, 4);
    }
    assertThat(compared).isEqualTo(4);
  }

  @Test
  void equalsAreDrawnInTheOrderOfTheirIds() {
    int vocab = 3_000;
    float[] logits = new float[vocab];
    for (int id = 0; id < vocab; id++) {
      // Zeros of both signs, and at the top one that lies last.
      logits[id] = id % 2 == 0 ? 0f : -0f;
    }
    logits[vocab - 1] = 1e-20f;
    List<Draw> draws = new ArrayList<>();
    int[] expected = new int[40];
    for (int i = 0; i < expected.length; i++) {
      SamplingParams params = SamplingParams.of(1, 100, 1, i);
      draws.add(told(0, params, new TokenCounts(params), Optional.empty()));
      expected[i] = sample(logits, params, new TokenCounts(params), Optional.empty());
    }
    try (DeviceDraws device = new DeviceDraws(DEVICE, vocab)) {
      assertThat(device.draw(rows(logits), draws)).isEqualTo(expected);
    }
    assertThat(
      Arrays.stream(expected)
        .filter(id -> id < 99)
        .distinct()
        .count()
    ).isGreaterThan(20);
  }

  @Test
  void rowsWhoseLogitsAreNoNumbersAreToldApart() {
    int vocab = 2_000;
    float[] good = KeptTokens.logits(random, "wide", vocab);
    float[][] rows = { good.clone(), good.clone(), good, good.clone() };
    rows[0][1_999] = Float.NaN;
    rows[1][70] = Float.POSITIVE_INFINITY;
    Arrays.fill(rows[3], Float.NEGATIVE_INFINITY);
    try (DeviceDraws device = new DeviceDraws(DEVICE, vocab)) {
      for (int topK : new int[] { 0, 50, 1_500 }) {
        SamplingParams params = SamplingParams.of(1, topK, 1, 9);
        List<Draw> draws = new ArrayList<>();
        for (int row = 0; row < rows.length; row++) {
          draws.add(told(row, params, new TokenCounts(params), Optional.empty()));
        }
        int[] ids = device.draw(rows(rows), draws);
        int only = sample(good, params, new TokenCounts(params), Optional.empty());
        assertThat(ids).containsExactly(-1, -1, only, -1);
      }
    }
  }

  @Test
  void logitsStayAsTheyAre() {
    int vocab = 500;
    float[] logits = KeptTokens.logits(random, "tied", vocab);
    SamplingParams params = SamplingParams.of(1, 0, 1, 3)
      .withPenalties(2, 1, 1)
      .withLogitBias(Map.of(3, 50.0));
    TokenCounts counts = new TokenCounts(params);
    counts.answer(5);
    Optional<TokenMask> odd = Optional.of(TokenMasks.of(vocab, id -> id % 2 == 1));
    try (
      DeviceDraws device = new DeviceDraws(DEVICE, vocab);
      NDArray there = rows(logits, logits)
    ) {
      device.draw(there, List.of(told(0, params, counts, odd), told(1, params, counts, odd)));
      assertThat(there.get(0).toFloatArray()).isEqualTo(logits);
      assertThat(there.get(1).toFloatArray()).isEqualTo(logits);
    }
  }

  /** Some rows of more that there are, in any order, each drawn by parameters of its own. */
  private void compare(DeviceDraws device, int vocab, int count) {
    float[][] rows = new float[count + 2][];
    for (int row = 0; row < rows.length; row++) {
      rows[row] = KeptTokens.logits(
        random,
        KeptTokens.SHAPES.get(random.nextInt(KeptTokens.SHAPES.size())),
        vocab
      );
    }
    List<Case> cases = new ArrayList<>();
    for (int row = 0; row < count; row++) {
      cases.add(anyCase((row * 5 + 1) % rows.length, vocab));
    }
    int[] drawn;
    try (NDArray there = rows(rows)) {
      drawn = device.draw(there, cases.stream().map(Case::told).toList());
    }
    for (int i = 0; i < count; i++) {
      judge(cases.get(i), rows[cases.get(i).row], drawn[i]);
    }
  }

  private void judge(Case asked, float[] logits, int drawn) {
    compared++;
    SamplingParams params = asked.params;
    int expected = sample(logits, params, asked.counts, asked.allowed);
    float[] changed = logits.clone();
    params.logitBias().forEach((id, bias) -> changed[id] += bias.floatValue());
    asked.counts.penalize(changed);
    asked.allowed.ifPresent(mask -> mask.apply(changed));
    if (params.greedy()) {
      assertThat(drawn).isEqualTo(expected).isEqualTo(KeptTokens.order(changed)[0]);
      return;
    }
    double u = Sampler.uniform(params.seed(), 0);
    Optional<KeptTokens> exact = KeptTokens.of(changed, params, EXACT);
    if (exact.isPresent()) {
      assertThat(exact.get().allows(u, drawn)).as("%d by %s", drawn, asked).isTrue();
    } else {
      unclear++;
    }
    if (drawn != expected) {
      others++;
      Optional<KeptTokens> near = KeptTokens.of(changed, params, NEAR);
      if (near.isPresent()) {
        assertThat(near.get().allows(u, drawn) && near.get().allows(u, expected))
          .as("%d, the host %d, by %s", drawn, expected, asked)
          .isTrue();
      }
    }
  }

  private record Case(
    int row,
    SamplingParams params,
    TokenCounts counts,
    Optional<TokenMask> allowed
  ) {
    Draw told() {
      return DeviceDrawsTest.told(row, params, counts, allowed);
    }
  }

  private Case anyCase(int row, int vocab) {
    double temperature = random.nextInt(20) == 0 ? 0 : any(TEMPERATURES);
    SamplingParams params = SamplingParams.of(
      temperature,
      TOP_K[random.nextInt(TOP_K.length)],
      any(TOP_P),
      random.nextLong()
    ).withMinP(any(MIN_P));
    if (random.nextInt(3) == 0) {
      params = params.withPenalties(
        any(0.5, 1, 1.3, 2),
        any(-1, 0, 0.5, 100),
        any(-0.25, 0, 0.1, 3)
      );
    }
    if (random.nextInt(3) == 0) {
      Map<Integer, Double> bias = new HashMap<>();
      for (int i = 1 + random.nextInt(Math.min(vocab - 1, 300)); i > 0; i--) {
        bias.put(random.nextInt(vocab), any(-100, -3, 0.7, 5));
      }
      params = params.withLogitBias(bias);
    }
    TokenCounts counts = new TokenCounts(params);
    counts.prompt(random.ints(random.nextInt(200), 0, vocab).toArray());
    random.ints(random.nextInt(100), 0, vocab).forEach(counts::answer);
    Optional<TokenMask> allowed = Optional.empty();
    if (random.nextInt(3) == 0) {
      // One at least that no shape of logits makes impossible.
      int share = 1 + random.nextInt(20);
      allowed = Optional.of(
        TokenMasks.of(vocab, id -> id == vocab / 2 || Math.floorMod(id * 31, 20) < share - 1)
      );
    }
    return new Case(row, params, counts, allowed);
  }

  private static Draw told(
    int row,
    SamplingParams params,
    TokenCounts counts,
    Optional<TokenMask> allowed
  ) {
    return Sampler.told(row, params, 0, counts, allowed);
  }

  private static Draw at(double u, SamplingParams params) {
    Draw draw = told(0, params, new TokenCounts(params), Optional.empty());
    return new Draw(
      0,
      draw.temperature(),
      draw.topK(),
      draw.topP(),
      draw.minP(),
      u,
      draw.biases(),
      draw.seen(),
      draw.repetition(),
      draw.losses(),
      draw.allowed()
    );
  }

  private static int sample(
    float[] logits,
    SamplingParams params,
    TokenCounts counts,
    Optional<TokenMask> allowed
  ) {
    Sampler sampler = new Sampler(logits.length);
    return sampler.sample(SamplerTest.row(logits), 0, params, 0, counts, allowed);
  }

  private NDArray rows(float[]... rows) {
    float[] all = new float[rows.length * rows[0].length];
    for (int row = 0; row < rows.length; row++) {
      System.arraycopy(rows[row], 0, all, row * rows[0].length, rows[0].length);
    }
    return tensors.create(all, new Shape(rows.length, rows[0].length));
  }

  private double any(double... of) {
    return of[random.nextInt(of.length)];
  }
}
