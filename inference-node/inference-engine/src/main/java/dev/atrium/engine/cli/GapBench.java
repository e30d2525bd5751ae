package dev.atrium.engine.cli;

import dev.atrium.engine.EngineEvent;
import dev.atrium.engine.LlmEngine;
import dev.atrium.engine.Party;
import dev.atrium.engine.SamplingParams;
import dev.atrium.engine.SequenceRequest;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * How long those who write wait for their next token while a long prompt is read beside them. The streams
 * are to have the same context before and meanwhile, however long the reading takes: whose answer has
 * ended writes it again, from a prompt that lies in the cache.
 */
final class GapBench {

  /** Tokens of each stream before the prompt comes. */
  private static final int ALONE = 48;
  private static final String PROMPT = "prompt";

  /** Times between two tokens of one answer, of all streams, in milliseconds. */
  record Gaps(int count, double mean, double median, double p99, double most) {
    static Gaps of(List<Double> millis) {
      double[] sorted = millis.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      return new Gaps(
        sorted.length,
        Arrays.stream(sorted).average().orElseThrow(),
        sorted[sorted.length / 2],
        sorted[(int) (0.99 * (sorted.length - 1))],
        sorted[sorted.length - 1]
      );
    }
  }

  /**
   * What was measured.
   *
   * @param before the gaps before the prompt came
   * @param during from when it came until its first token
   * @param ratio the mean while it was read by the mean before
   * @param readMs how long the reading took
   */
  record Result(
    int streams,
    int contextTokens,
    int promptTokens,
    Gaps before,
    Gaps during,
    double ratio,
    double ratioOfMedians,
    double readMs
  ) {}

  private final LlmEngine engine;
  private final int answer;
  private final SplittableRandom random = new SplittableRandom(1);
  private final Map<String, SequenceRequest> streams = new HashMap<>();
  private final Map<String, Long> last = new HashMap<>();
  private List<Double> gaps = new ArrayList<>();
  private boolean read;
  private boolean ended;

  /**
   * @param answer tokens after which an answer begins again
   */
  GapBench(LlmEngine engine, int answer) {
    this.engine = engine;
    this.answer = answer;
  }

  /** Tokens of the arena that a run needs. */
  static int cacheTokens(int streams, int context, int answer, int prompt) {
    return streams * (context + ALONE + answer + 64) + prompt + 128;
  }

  /** Tokens of the longest sequence. */
  static int contextTokens(int context, int answer, int prompt) {
    return Math.max(context + ALONE + answer, prompt + 2);
  }

  Result measure(int count, int context, int prompt) {
    for (int i = 0; i < count; i++) {
      SequenceRequest stream = request("s" + i, context, answer);
      streams.put(stream.id(), stream);
      keep(stream);
    }
    int begun = 0;
    for (SequenceRequest stream : streams.values()) {
      // Not all of them shall begin again in the same step.
      engine.submit(ofLength(stream, ALONE + (answer * ++begun) / count));
    }
    while (last.size() < count) {
      engine.step(this::hear);
    }
    Gaps before = alone();
    long began = System.nanoTime();
    engine.submit(request(PROMPT, prompt, 2));
    gaps = new ArrayList<>();
    while (!read) {
      engine.step(this::hear);
      streams
        .keySet()
        .stream()
        .filter(id -> !last.containsKey(id))
        .forEach(this::again);
    }
    double readMs = (System.nanoTime() - began) / 1e6;
    Gaps during = Gaps.of(gaps);
    streams.keySet().forEach(engine::cancel);
    engine.cancel(PROMPT);
    engine.step(_ -> {});
    return new Result(
      count,
      context,
      prompt,
      before,
      during,
      during.mean / before.mean,
      during.median / before.median,
      readMs
    );
  }

  /** Reads its prompt into the cache, or the first would have ended before the last has begun. */
  private void keep(SequenceRequest stream) {
    ended = false;
    engine.submit(ofLength(stream, 1));
    while (!ended) {
      engine.step(this::hear);
    }
  }

  private Gaps alone() {
    engine.step(this::hear);
    gaps = new ArrayList<>();
    for (int i = 0; i < ALONE - 8; i++) {
      engine.step(this::hear);
    }
    return Gaps.of(gaps);
  }

  private void again(String id) {
    last.put(id, 0L);
    engine.submit(streams.get(id));
  }

  private SequenceRequest request(String id, int prompt, int tokens) {
    int[] ids = random.ints(prompt, 0, engine.model().vocabSize()).toArray();
    return ofLength(SequenceRequest.of(id, ids, SamplingParams.GREEDY, tokens), tokens);
  }

  private static SequenceRequest ofLength(SequenceRequest request, int tokens) {
    return SequenceRequest.of(request.id(), request.promptIds(), request.sampling(), tokens).by(
      new Party("bench", request.id()),
      0
    );
  }

  private void hear(EngineEvent event) {
    switch (event) {
      case EngineEvent.Text text when text.sequenceId().equals(PROMPT) -> read = true;
      case EngineEvent.Text text -> {
        long now = System.nanoTime();
        long before = last.getOrDefault(text.sequenceId(), 0L);
        last.put(text.sequenceId(), now);
        if (before != 0) {
          gaps.add((now - before) / 1e6);
        }
      }
      case EngineEvent.Finished end -> {
        last.remove(end.sequenceId());
        ended = true;
      }
      case EngineEvent.Failed failed -> throw new IllegalStateException(failed.message());
      default -> {}
    }
  }

  static void print(PrintWriter out, Result r) {
    out.printf(
      Locale.ROOT,
      "gaps between the tokens of %d streams, ms; a prompt of %d tokens was read in %.0f ms%n",
      r.streams,
      r.promptTokens,
      r.readMs
    );
    out.println("                    mean     median        p99       most");
    row(out, "before", r.before);
    row(out, "while it is read", r.during);
    out.printf(
      Locale.ROOT,
      "while it is read, by before: %.2f in the mean, %.2f of the medians%n",
      r.ratio,
      r.ratioOfMedians
    );
  }

  private static void row(PrintWriter out, String what, Gaps gaps) {
    out.printf(
      Locale.ROOT,
      "%-16s %7.1f %10.1f %10.1f %10.1f%n",
      what,
      gaps.mean,
      gaps.median,
      gaps.p99,
      gaps.most
    );
  }
}
