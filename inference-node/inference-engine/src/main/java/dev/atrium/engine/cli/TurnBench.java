package dev.atrium.engine.cli;

import dev.atrium.engine.EngineEvent;
import dev.atrium.engine.LlmEngine;
import dev.atrium.engine.Party;
import dev.atrium.engine.SamplingParams;
import dev.atrium.engine.SequenceRequest;
import dev.atrium.engine.Usage;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** How long the first token of a conversation's second turn takes, with and without the cache. */
final class TurnBench {

  private static final int ROUNDS = 5;
  /** Tokens of the second prompt. */
  private static final int NEW = 20;

  /**
   * What was measured; times are medians of five.
   *
   * @param conversation tokens of the first prompt and its answer together
   * @param newTokens those of the second prompt
   * @param prefilled tokens that were read for the second turn
   * @param freshMs to its first token, by somebody of whom nothing is kept
   * @param settleMs how long the answer took to be computed as a prompt, between the turns
   */
  record Result(
    int conversation,
    int newTokens,
    int cached,
    int prefilled,
    double firstTokenMs,
    double freshMs,
    double ratio,
    double settleMs
  ) {}

  private record Timed(double firstMs, Usage usage, int[] ids) {}

  private final LlmEngine engine;
  private final SplittableRandom random = new SplittableRandom(1);

  TurnBench(LlmEngine engine) {
    this.engine = engine;
  }

  /** Tokens of the arena that a run needs. */
  static int cacheTokens(int conversation) {
    return 2 * (conversation + NEW + 256);
  }

  /** Tokens of the longest sequence. */
  static int contextTokens(int conversation) {
    return conversation + NEW + 4;
  }

  Result measure(int conversation, int answer) {
    double[] again = new double[ROUNDS];
    double[] fresh = new double[ROUNDS];
    double[] settling = new double[ROUNDS];
    Usage usage = null;
    for (int round = 0; round < ROUNDS; round++) {
      int[] prompt = ids(conversation - answer);
      Party party = new Party("bench", "user" + round);
      Timed first = run(
        SequenceRequest.of("1", prompt, SamplingParams.GREEDY, answer).by(party, 0)
      );
      long began = System.nanoTime();
      while (engine.canSettle()) {
        engine.settle();
      }
      settling[round] = (System.nanoTime() - began) / 1e6;
      int[] second = join(join(prompt, first.ids), ids(NEW));
      SequenceRequest request = SequenceRequest.of("2", second, SamplingParams.GREEDY, 4);
      fresh[round] = run(request).firstMs;
      Timed turn = run(request.by(party, 0));
      again[round] = turn.firstMs;
      usage = turn.usage;
    }
    double median = Median.of(again);
    double without = Median.of(fresh);
    return new Result(
      conversation,
      NEW,
      usage.cachedTokens(),
      usage.prefilledTokens(),
      median,
      without,
      without / median,
      Median.of(settling)
    );
  }

  private Timed run(SequenceRequest request) {
    long began = System.nanoTime();
    long[] first = new long[1];
    Usage[] usage = new Usage[1];
    IntStream.Builder ids = IntStream.builder();
    engine.submit(request);
    while (engine.hasWork()) {
      engine.step(event -> {
        switch (event) {
          case EngineEvent.Text text -> {
            first[0] = first[0] == 0 ? System.nanoTime() : first[0];
            Arrays.stream(text.tokenIds()).forEach(ids::add);
          }
          case EngineEvent.Finished end -> usage[0] = end.usage();
          case EngineEvent.Failed failed -> throw new IllegalStateException(failed.message());
          default -> {}
        }
      });
    }
    return new Timed((first[0] - began) / 1e6, usage[0], ids.build().toArray());
  }

  private int[] ids(int count) {
    return random.ints(count, 0, engine.model().vocabSize()).toArray();
  }

  private static int[] join(int[] one, int[] other) {
    return IntStream.concat(IntStream.of(one), IntStream.of(other)).toArray();
  }

  static void print(PrintWriter out, Result r) {
    out.printf(
      Locale.ROOT,
      "second turn after %d tokens, %d new ones: %d found in the cache, %d read%n" +
      "first token after %.0f ms; %.0f ms if nothing was kept; ratio %.1f%n" +
      "between the turns the answer took %.0f ms to be computed as a prompt%n",
      r.conversation,
      r.newTokens,
      r.cached,
      r.prefilled,
      r.firstTokenMs,
      r.freshMs,
      r.ratio,
      r.settleMs
    );
  }
}
