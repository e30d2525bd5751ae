package dev.atrium.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Beside a sampler that sorts the whole vocabulary and computes in double. */
class SamplerReferenceTest {

  /** So near to a boundary, as a share of what is kept, either side is right. */
  private static final double NEAR = 1e-6;

  /** Below it a token may be drawn that is as good as impossible. */
  private static final double LEAST = 1e-9;

  private static final double BELOW_ONE = 1 - 0x1p-53;
  private static final int[] VOCABULARIES = {
    1,
    2,
    15,
    16,
    17,
    63,
    64,
    65,
    100,
    256,
    257,
    320,
    1000,
    4096,
    5000,
  };
  private static final double[] TEMPERATURES = { 1e-45, 1e-3, 0.3, 0.8, 1, 2, 100 };
  private static final int[] TOP_K = { 0, 0, 2, 40, 64, 256, 257, 300, 4095, 100_000 };
  private static final double[] TOP_P = { 1, 1, 0.999, 0.95, 0.5, 0.01 };
  private static final double[] MIN_P = { 0, 0, 0.01, 0.5, 1 };

  private final Random random = new Random(1);
  private int judged;
  private int unclear;

  @Test
  void drawsWhatIsDrawnFromTheSortedVocabulary() {
    for (int round = 0; round < 120; round++) {
      for (int vocab : VOCABULARIES) {
        compare(vocab, any(KeptTokens.SHAPES));
      }
    }
    assertThat(judged).isGreaterThan(8 * unclear);
  }

  @Test
  void drawsSoFromALargeVocabularyToo() {
    for (int round = 0; round < 5; round++) {
      for (String shape : KeptTokens.SHAPES) {
        compare(49_152, shape);
      }
    }
    assertThat(judged).isGreaterThan(8 * unclear);
  }

  @Test
  void whatIsMaskedHasNoWeightHoweverHighTheTemperature() {
    float[] logits = new float[1000];
    Arrays.fill(logits, Float.NEGATIVE_INFINITY);
    logits[70] = -80;
    logits[999] = -81;
    for (double topP : new double[] { 1, 0.9999 }) {
      for (int k : new int[] { 0, 500 }) {
        SamplingParams params = SamplingParams.of(100, k, topP, 0);
        assertThat(draw(logits, params, 0)).isEqualTo(70);
        assertThat(draw(logits, params, BELOW_ONE)).isEqualTo(999);
      }
    }
  }

  @Test
  void logitsThatAreNoNumbersAreRefusedWhereverTheyLie() {
    for (float bad : new float[] { Float.NaN, Float.POSITIVE_INFINITY }) {
      for (int id = 0; id < 130; id++) {
        float[] logits = KeptTokens.logits(random, "wide", 130);
        logits[id] = bad;
        assertThat(refuses(logits)).as("%s at %d", bad, id).isTrue();
      }
    }
    float[] nothing = new float[5];
    Arrays.fill(nothing, Float.NEGATIVE_INFINITY);
    assertThat(refuses(nothing)).isTrue();
  }

  @Test
  void alternativesAreTheBestInOrderWithTheirProbabilities() {
    for (int vocab : VOCABULARIES) {
      float[] logits = KeptTokens.logits(random, "tied", vocab);
      int[] order = KeptTokens.order(logits);
      double all = IntStream.range(0, vocab)
        .mapToDouble(id -> Math.exp(logits[id]))
        .sum();
      TokenLogprob told = new Sampler(vocab).logprob(SamplerTest.row(logits), 0, vocab / 2, 20);
      assertThat(told.alternatives())
        .extracting(TokenLogprob.Alternative::id)
        .containsExactlyElementsOf(Arrays.stream(order).limit(20).boxed().toList());
      double exact = logits[vocab / 2] - Math.log(all);
      assertThat(told.logprob()).isBetween(exact - NEAR, exact + NEAR);
    }
  }

  private void compare(int vocab, String shape) {
    float[] logits = KeptTokens.logits(random, shape, vocab);
    SamplingParams params = SamplingParams.of(
      any(TEMPERATURES),
      TOP_K[random.nextInt(TOP_K.length)],
      any(TOP_P),
      0
    ).withMinP(any(MIN_P));
    Optional<KeptTokens> found = KeptTokens.of(logits, params, NEAR);
    if (found.isEmpty()) {
      unclear++;
      return;
    }
    judged++;
    KeptTokens kept = found.get();
    Sampler sampler = new Sampler(vocab);
    double[] drawn = random.doubles(20).toArray();
    // All that is kept, from its first token to its last.
    drawn[0] = LEAST;
    drawn[1] = BELOW_ONE;
    for (int i = 2; i < 12; i++) {
      drawn[i] = Math.max(LEAST, kept.middle(random.nextInt(kept.ids().length)));
    }
    for (double u : drawn) {
      int token = draw(sampler, logits, params, u);
      assertThat(kept.allows(u, token))
        .as("%s %d %s: %d at %s of %s", shape, vocab, params, token, u, kept)
        .isTrue();
    }
  }

  private static boolean refuses(float[] logits) {
    try {
      draw(logits, SamplingParams.of(1, 0, 1, 0), 0.5);
      return false;
    } catch (ArithmeticException e) {
      return true;
    }
  }

  private static int draw(float[] logits, SamplingParams params, double u) {
    return draw(new Sampler(logits.length), logits, params, u);
  }

  private static int draw(Sampler sampler, float[] logits, SamplingParams params, double u) {
    SamplingParams seeded = SamplingParams.of(
      params.temperature(),
      params.topK(),
      params.topP(),
      seed(u)
    ).withMinP(params.minP());
    assertThat(Sampler.uniform(seeded.seed(), 0)).isCloseTo(u, within(0x1p-53));
    TokenCounts none = new TokenCounts(seeded);
    return sampler.sample(SamplerTest.row(logits), 0, seeded, 0, none, Optional.empty());
  }

  /** Whose first number is {@code u}: SplitMix64's finaliser twice backwards. */
  private static long seed(double u) {
    return unmix(unmix((long) (u * 0x1p53) << 11) - 0x9e3779b97f4a7c15L);
  }

  private static long unmix(long mixed) {
    long z = unshift(mixed, 31) * inverse(0x94d049bb133111ebL);
    z = unshift(z, 27) * inverse(0xbf58476d1ce4e5b9L);
    return unshift(z, 30);
  }

  private static long unshift(long shifted, int by) {
    return shifted ^ (shifted >>> by) ^ (shifted >>> (2 * by));
  }

  /** Modulo 2^64, by Newton's iteration: three digits of an odd number are its inverse's. */
  private static long inverse(long odd) {
    long inverse = odd;
    for (int digits = 3; digits < 64; digits *= 2) {
      inverse *= 2 - odd * inverse;
    }
    return inverse;
  }

  private double any(double[] of) {
    return of[random.nextInt(of.length)];
  }

  private String any(List<String> of) {
    return of.get(random.nextInt(of.size()));
  }
}
