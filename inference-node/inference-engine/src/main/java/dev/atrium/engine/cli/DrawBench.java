package dev.atrium.engine.cli;

import dev.atrium.engine.LlmEngine;
import dev.atrium.engine.SamplingParams;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What it costs to draw tokens: the pace of greedy and of drawn answers in turns. */
final class DrawBench {

  private static final int ROUNDS = 5;

  /**
   * Medians of one way to choose tokens.
   *
   * @param ratio of its pace to that of greedy answers
   * @param tokenMicros what the engine does with a token between two steps, its logits' way included
   * @param drawMicros by how much that is more than for a greedy one: a draw
   */
  record Result(
    int streams,
    String choice,
    double tokensPerSecond,
    double ratio,
    double tokenMicros,
    double drawMicros
  ) {}

  private static final List<String> NAMES = List.of(
    "greedy",
    "temperature 0.8, top-p 0.95",
    "temperature 1"
  );
  private static final List<SamplingParams> WAYS = List.of(
    SamplingParams.GREEDY,
    SamplingParams.of(0.8, 0, 0.95, 1),
    SamplingParams.of(1, 0, 1, 1)
  );

  private final StepClock clock;
  private final List<Bench> benches;

  /** @param clock what the engine runs */
  DrawBench(LlmEngine engine, StepClock clock, int prompt, int tokens) {
    this.clock = clock;
    benches = WAYS.stream()
      .map(sampling -> new Bench(engine, prompt, tokens, sampling))
      .toList();
  }

  List<Result> measure(int[] streams) {
    benches.forEach(Bench::warmUp);
    List<Result> results = new ArrayList<>();
    for (int n : streams) {
      benches.forEach(bench -> bench.measure(n));
      measure(n, results);
    }
    return results;
  }

  private void measure(int streams, List<Result> results) {
    double[][] paces = new double[benches.size()][ROUNDS];
    double[][] micros = new double[benches.size()][ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < benches.size(); i++) {
        clock.takeMicros();
        paces[i][round] = benches.get(i).measure(streams).tokensPerSecond();
        micros[i][round] = clock.takeMicros();
      }
    }
    double greedyPace = Median.of(paces[0]);
    double greedyMicros = Median.of(micros[0]);
    for (int i = 0; i < benches.size(); i++) {
      double pace = Median.of(paces[i]);
      double token = Median.of(micros[i]);
      results.add(
        new Result(streams, NAMES.get(i), pace, pace / greedyPace, token, token - greedyMicros)
      );
    }
  }

  static void print(PrintWriter out, List<Result> results) {
    for (Result result : results) {
      out.printf(
        Locale.ROOT,
        "%3d streams, %-28s %9.1f tokens/s (%.2f), %7.1f µs a token, a draw %7.1f%n",
        result.streams(),
        result.choice(),
        result.tokensPerSecond(),
        result.ratio(),
        result.tokenMicros(),
        result.drawMicros()
      );
    }
  }
}
