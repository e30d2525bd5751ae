package dev.atrium.engine.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.atrium.engine.EngineEvent;
import dev.atrium.engine.LlmEngine;
import dev.atrium.engine.Party;
import dev.atrium.engine.SamplingParams;
import dev.atrium.engine.SequenceRequest;
import dev.atrium.engine.llamacpp.LlamaCpp;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The engine beside llama.cpp with the same weights, prompts and number of threads, in turns. Ours is timed
 * as a whole, scheduler and choice of tokens with it; of llama.cpp only {@code llama_decode} is.
 */
final class RivalBench {

  /** Tokens of the prompt whose reading is timed, if the context has room for them. */
  private static final int PREFILL = 512;
  private static final int ROUNDS = 5;
  /** So many tokens are written before it counts: a process that has just begun is still being compiled. */
  private static final int WARM_UP = 400;

  /** Tokens per second of each round, and their medians. */
  record Figure(
    String what,
    double ours,
    double theirs,
    double ratio,
    double[] all,
    double[] allTheirs
  ) {
    static Figure of(String what, List<Double> ours, List<Double> theirs) {
      double[] mine = ours.stream().mapToDouble(Double::doubleValue).toArray();
      double[] others = theirs.stream().mapToDouble(Double::doubleValue).toArray();
      return new Figure(
        what,
        Median.of(mine),
        Median.of(others),
        Median.of(mine) / Median.of(others),
        mine,
        others
      );
    }
  }

  /**
   * What was measured.
   *
   * @param prompts prompts that both read
   * @param sameFirstToken after how many of them both took the same token for the likeliest
   */
  record Result(int rounds, int prompts, int sameFirstToken, List<Figure> figures) {}

  private final LlmEngine engine;
  private final LlamaCpp rival;
  private final int[] streams;
  private final int tokens;
  private final int[][] prompts;
  private final SplittableRandom random = new SplittableRandom(1);
  private final int[] firstTokens;
  private final int prefill;

  /**
   * @param most the largest number of streams; llama.cpp has one sequence more
   * @param prompt tokens of each stream's context before it writes
   * @param tokens tokens that each stream writes in a round
   */
  RivalBench(LlmEngine engine, LlamaCpp rival, int[] streams, int most, int prompt, int tokens) {
    this.engine = engine;
    this.rival = rival;
    this.streams = streams;
    this.tokens = tokens;
    this.prefill = prefill(engine.model().contextLength());
    this.prompts = new int[most][];
    this.firstTokens = new int[most];
    for (int s = 0; s < most; s++) {
      prompts[s] = prompt(prompt);
    }
  }

  /** Tokens that one sequence may have. */
  static int contextTokens(int contextLength, int prompt, int tokens) {
    return Math.max(prompt + tokens, prefill(contextLength) + 2);
  }

  /** Tokens of our cache. */
  static int cacheTokens(int contextTokens, int most) {
    // What was written is kept for a while beside what is.
    return 2 * (most + 1) * (contextTokens + 64);
  }

  private static int prefill(int contextLength) {
    return Math.min(PREFILL, contextLength - 2);
  }

  Result measure() {
    int same = readAll();
    for (int t = 0; t < WARM_UP; t += tokens) {
      write(streams[0]);
      rivalWrites(streams[0]);
    }
    Map<String, List<Double>> ours = new LinkedHashMap<>();
    Map<String, List<Double>> theirs = new LinkedHashMap<>();
    for (int round = 0; round < ROUNDS; round++) {
      for (int n : streams) {
        String what = "decode, " + n + (n == 1 ? " stream" : " streams");
        add(ours, what, write(n));
        add(theirs, what, rivalWrites(n));
      }
      int[] prompt = prompt(prefill);
      String what = "prefill, " + prefill + " tokens";
      add(ours, what, read(prompt));
      add(theirs, what, rivalReads(prompt));
    }
    List<Figure> figures = new ArrayList<>();
    ours.forEach((what, list) -> figures.add(Figure.of(what, list, theirs.get(what))));
    return new Result(ROUNDS, prompts.length, same, figures);
  }

  private static void add(Map<String, List<Double>> to, String what, double tokensPerSecond) {
    to.computeIfAbsent(what, _ -> new ArrayList<>()).add(tokensPerSecond);
  }

  /** Brings the prompts into both caches, where they stay. */
  private int readAll() {
    for (int s = 0; s < prompts.length; s++) {
      engine.submit(request(s));
    }
    Map<String, Integer> first = new LinkedHashMap<>();
    while (engine.hasWork()) {
      engine.step(event -> {
        if (event instanceof EngineEvent.Text text) {
          first.putIfAbsent(text.sequenceId(), text.tokenIds()[0]);
        }
      });
    }
    int same = 0;
    for (int s = 0; s < prompts.length; s++) {
      firstTokens[s] = rival.read(s, prompts[s]);
      same += first.get("s" + s) == firstTokens[s] ? 1 : 0;
    }
    rivalReads(prompt(prefill));
    return same;
  }

  private double write(int count) {
    List<SequenceRequest> requests = new ArrayList<>();
    for (int s = 0; s < count; s++) {
      requests.add(request(s));
    }
    return Bench.run(engine, requests).tokensPerSecond();
  }

  /** Found in the cache again by whoever wrote it first. */
  private SequenceRequest request(int s) {
    String id = "s" + s;
    return SequenceRequest.of(id, prompts[s], SamplingParams.GREEDY, tokens).by(
      new Party("bench", id),
      0
    );
  }

  private double rivalWrites(int count) {
    int[] last = Arrays.copyOf(firstTokens, count);
    int start = prompts[0].length;
    long nanos = 0;
    for (int t = 0; t < tokens - 1; t++) {
      nanos += rival.write(last, start + t);
    }
    for (int s = 0; s < count; s++) {
      rival.forget(s, start);
    }
    return (1e9 * count * (tokens - 1)) / nanos;
  }

  private double read(int[] prompt) {
    SequenceRequest request = SequenceRequest.of("prefill", prompt, SamplingParams.GREEDY, 2);
    return Bench.run(engine, List.of(request)).prefillTokensPerSecond();
  }

  private double rivalReads(int[] prompt) {
    long start = System.nanoTime();
    rival.read(prompts.length, prompt);
    long nanos = System.nanoTime() - start;
    rival.forget(prompts.length, 0);
    return (1e9 * prompt.length) / nanos;
  }

  private int[] prompt(int length) {
    return random.ints(length, 0, engine.model().vocabSize()).toArray();
  }

  /** Prints what was measured, as JSON or as a table. */
  static void print(PrintWriter out, Map<String, Object> report, Result r, boolean json)
    throws JsonProcessingException {
    if (json) {
      report.put("result", r);
      out.println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(report));
      return;
    }
    report.forEach((key, value) -> out.println(key + ": " + value));
    out.printf(
      Locale.ROOT,
      "the same likeliest token after %d of %d prompts; medians of %d, in turns%n",
      r.sameFirstToken,
      r.prompts,
      r.rounds
    );
    out.println("tokens per second           ours   llama.cpp   ratio");
    for (Figure f : r.figures) {
      out.printf(Locale.ROOT, "%-20s %11.1f %11.1f %7.2f%n", f.what, f.ours, f.theirs, f.ratio);
    }
  }
}
