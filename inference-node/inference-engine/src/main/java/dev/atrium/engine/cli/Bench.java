package dev.atrium.engine.cli;

import dev.atrium.engine.EngineEvent;
import dev.atrium.engine.EngineListener;
import dev.atrium.engine.FinishReason;
import dev.atrium.engine.LlmEngine;
import dev.atrium.engine.SamplingParams;
import dev.atrium.engine.SequenceRequest;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Runs an engine with so many answers at once and takes the times. */
final class Bench {

  /**
   * What was measured.
   *
   * @param tokensPerSecond of all streams together, while all of them write: all tokens but the first
   *     of each
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

  /**
   * Runs these at once: first their prompts are read, all of one length, then all of them write. None
   * writes before: whoever began early could have ended before the last of them begins.
   */
  static Result run(LlmEngine engine, List<SequenceRequest> requests) {
    int streams = requests.size();
    int prompt = requests.getFirst().promptIds().length;
    Map<String, Long> firstTokens = new HashMap<>();
    long start = System.nanoTime();
    requests.forEach(request -> engine.submit(request.through(1)));
    finish(engine, event -> {
      if (event instanceof EngineEvent.Text text) {
        firstTokens.putIfAbsent(text.sequenceId(), System.nanoTime());
      }
    });
    long read = System.nanoTime();
    // Of half a character nothing was told.
    requests.forEach(request -> firstTokens.putIfAbsent(request.id(), read));
    requests.forEach(request -> engine.allow(request.id(), request.maxNewTokens()));
    int[] written = { -streams };
    finish(engine, event -> {
      if (event instanceof EngineEvent.Finished end) {
        requireWhole(end);
        written[0] += end.usage().completionTokens();
      }
    });
    long writing = System.nanoTime() - read;
    DoubleSummaryStatistics waited = firstTokens
      .values()
      .stream()
      .mapToDouble(t -> t - start)
      .summaryStatistics();
    return new Result(
      streams,
      (written[0] * 1e9) / writing,
      ((double) streams * prompt * 1e9) / waited.getMax(),
      waited.getAverage() / 1e6,
      waited.getMax() / 1e6
    );
  }

  private static void finish(LlmEngine engine, EngineListener listener) {
    while (engine.hasWork()) {
      engine.step(event -> {
        if (event instanceof EngineEvent.Failed failed) {
          throw new IllegalStateException(failed.message());
        }
        listener.on(event);
      });
    }
  }

  /** An answer that ends early would be measured by what is not a rate. */
  private static void requireWhole(EngineEvent.Finished end) {
    if (end.reason() != FinishReason.LENGTH) {
      throw new IllegalStateException(
        "an answer ended after " + end.usage().completionTokens() + " tokens"
      );
    }
  }

  private int[] randomPrompt() {
    return random.ints(prompt, 0, engine.model().vocabSize()).toArray();
  }
}
