package dev.atrium.engine.cli;

import dev.atrium.engine.EngineEvent;
import dev.atrium.engine.LlmEngine;
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

/** How long those who write wait for their next token while a long prompt is read beside them. */
final class GapBench {

  /** Tokens of each stream before the prompt comes, and after it was read. */
  private static final int ALONE = 40;
  private static final String PROMPT = "prompt";

  /**
   * Times between two tokens of a stream, of all streams, in milliseconds.
   */
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
   * @param after the gaps when it had ended: the streams' contexts are longer by then
   * @param ratio the mean while it was read by the mean before
   * @param readMs how long the reading took
   */
  record Result(
    int streams,
    int promptTokens,
    Gaps before,
    Gaps during,
    Gaps after,
    double ratio,
    double ratioOfMedians,
    double readMs
  ) {}

  private final LlmEngine engine;
  private final SplittableRandom random = new SplittableRandom(1);
  private final Map<String, Long> last = new HashMap<>();
  private List<Double> gaps = new ArrayList<>();
  private boolean read;

  GapBench(LlmEngine engine) {
    this.engine = engine;
  }

  /** Tokens of the arena that a run needs. */
  static int cacheTokens(int streams, int context, int prompt) {
    return streams * (context + answer(prompt) + 64) + prompt + 64;
  }

  /** Long enough to outlast the reading, which takes a few tokens of the prompt a step. */
  private static int answer(int prompt) {
    return 2 * ALONE + prompt / 2;
  }

  Result measure(int streams, int context, int prompt) {
    for (int i = 0; i < streams; i++) {
      engine.submit(request("s" + i, context, answer(prompt)));
    }
    while (last.size() < streams) {
      engine.step(this::hear);
    }
    Gaps before = alone();
    long began = System.nanoTime();
    engine.submit(request(PROMPT, prompt, 2));
    gaps = new ArrayList<>();
    while (!read) {
      engine.step(this::hear);
    }
    double readMs = (System.nanoTime() - began) / 1e6;
    Gaps during = Gaps.of(gaps);
    engine.cancel(PROMPT);
    Gaps after = alone();
    for (int i = 0; i < streams; i++) {
      engine.cancel("s" + i);
    }
    engine.step(_ -> {});
    return new Result(
      streams,
      prompt,
      before,
      during,
      after,
      during.mean / before.mean,
      during.median / before.median,
      readMs
    );
  }

  private Gaps alone() {
    engine.step(this::hear);
    gaps = new ArrayList<>();
    for (int i = 0; i < ALONE - 1; i++) {
      engine.step(this::hear);
    }
    return Gaps.of(gaps);
  }

  private SequenceRequest request(String id, int prompt, int tokens) {
    int[] ids = random.ints(prompt, 0, engine.model().vocabSize()).toArray();
    return SequenceRequest.of(id, ids, SamplingParams.GREEDY, tokens);
  }

  private void hear(EngineEvent event) {
    switch (event) {
      case EngineEvent.Text text when text.sequenceId().equals(PROMPT) -> read = true;
      case EngineEvent.Text text -> {
        long now = System.nanoTime();
        Long before = last.put(text.sequenceId(), now);
        if (before != null) {
          gaps.add((now - before) / 1e6);
        }
      }
      case EngineEvent.Failed failed -> throw new IllegalStateException(failed.message());
      case EngineEvent.Finished end when (
        !end.sequenceId().equals(PROMPT) && !read
      ) -> throw new IllegalStateException("the streams ended before the prompt was read");
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
    row(out, "after", r.after);
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
