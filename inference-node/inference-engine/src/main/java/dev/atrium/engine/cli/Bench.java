package dev.atrium.engine.cli;

import dev.atrium.engine.EngineEvent;
import dev.atrium.engine.LlmEngine;
import dev.atrium.engine.SamplingParams;
import dev.atrium.engine.SequenceRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Runs an engine with so many answers at once and takes the times. */
final class Bench {

  /**
   * What was measured.
   *
   * @param tokensPerSecond of all streams together, from when all of them write until the first ends;
   *     not a number if there was no such time
   * @param prefillTokensPerSecond prompts' tokens until the last stream has its first token
   * @param firstTokenMs from the submission of all to a stream's first token, in the mean
   */
  record Result(
    int streams,
    double tokensPerSecond,
    double prefillTokensPerSecond,
    double firstTokenMs,
    double slowestFirstTokenMs
  ) {}

  private final LlmEngine engine;
  private final int prompt;
  private final int tokens;
  private final SamplingParams sampling;
  private final SplittableRandom random = new SplittableRandom(1);

  Bench(LlmEngine engine, int prompt, int tokens, SamplingParams sampling) {
    this.engine = engine;
    this.prompt = prompt;
    this.tokens = tokens;
    this.sampling = sampling;
  }

  /** Lets the native library allocate and choose its kernels. */
  void warmUp() {
    run(1);
  }

  Result measure(int streams) {
    return run(streams);
  }

  private Result run(int streams) {
    List<SequenceRequest> requests = new ArrayList<>();
    for (int i = 0; i < streams; i++) {
      requests.add(SequenceRequest.of("s" + i, randomPrompt(), sampling, tokens));
    }
    return run(engine, requests);
  }

  /** Runs these at once; the prompts are all of one length. */
  static Result run(LlmEngine engine, List<SequenceRequest> requests) {
    int streams = requests.size();
    int prompt = requests.getFirst().promptIds().length;
    Map<String, Long> firstTokens = new HashMap<>();
    long start = System.nanoTime();
    requests.forEach(engine::submit);
    long[] steadyTokens = new long[1];
    long steadyStart = 0;
    long steadyEnd = 0;
    boolean[] ended = new boolean[1];
    while (engine.hasWork()) {
      boolean steady = firstTokens.size() == streams && !ended[0];
      engine.step(event -> {
        switch (event) {
          case EngineEvent.Text text -> {
            firstTokens.putIfAbsent(text.sequenceId(), System.nanoTime());
            steadyTokens[0] += steady ? text.tokenIds().length : 0;
          }
          case EngineEvent.Finished _ -> ended[0] = true;
          case EngineEvent.Failed f -> throw new IllegalStateException(f.message());
          default -> {}
        }
      });
      if (steadyStart == 0 && firstTokens.size() == streams) {
        steadyStart = System.nanoTime();
      }
      if (steady) {
        steadyEnd = System.nanoTime();
      }
    }
    double mean = firstTokens
      .values()
      .stream()
      .mapToDouble(t -> t - start)
      .average()
      .orElseThrow();
    double slowest = firstTokens
      .values()
      .stream()
      .mapToDouble(t -> t - start)
      .max()
      .orElseThrow();
    return new Result(
      streams,
      steadyTokens[0] == 0 ? Double.NaN : (steadyTokens[0] * 1e9) / (steadyEnd - steadyStart),
      ((double) streams * prompt * 1e9) / slowest,
      mean / 1e6,
      slowest / 1e6
    );
  }

  private int[] randomPrompt() {
    return random.ints(prompt, 0, engine.model().vocabSize()).toArray();
  }
}
