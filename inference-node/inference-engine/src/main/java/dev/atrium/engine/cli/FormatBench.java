package dev.atrium.engine.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.atrium.engine.EngineEvent;
import dev.atrium.engine.LlmEngine;
import dev.atrium.engine.SamplingParams;
import dev.atrium.engine.SequenceRequest;
import dev.atrium.engine.grammar.Grammar;
import dev.atrium.engine.grammar.Matcher;
import dev.atrium.engine.grammar.OutputFormat;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What it costs to bind answers to a schema: the pace of both alternating, and the time that a mask
 * over the vocabulary takes. The schema has no end within the answer.
 */
final class FormatBench {

  private static final int ROUNDS = 3;
  private static final String SCHEMA =
    "{\"type\":\"array\",\"minItems\":1000,\"items\":{\"type\":\"object\",\"properties\":{" +
    "\"name\":{\"type\":\"string\",\"maxLength\":40}," +
    "\"age\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":150}," +
    "\"tags\":{\"type\":\"array\",\"items\":{\"enum\":[\"red\",\"green\",\"blue\"]},\"maxItems\":3}," +
    "\"note\":{\"type\":\"string\",\"maxLength\":80}}," +
    "\"required\":[\"name\",\"age\",\"tags\",\"note\"]}}";

  private final LlmEngine engine;
  private final int prompt;
  private final int tokens;
  private final int[] streams;

  FormatBench(LlmEngine engine, int prompt, int tokens, int[] streams) {
    this.engine = engine;
    this.prompt = prompt;
    this.tokens = tokens;
    this.streams = streams;
  }

  void run(PrintWriter out, boolean json) throws JsonProcessingException {
    long start = System.nanoTime();
    Grammar grammar = grammar(0);
    double compiled = (System.nanoTime() - start) / 1e6;
    long again = System.nanoTime();
    grammar(1);
    double compiledAgain = (System.nanoTime() - again) / 1e6;
    SamplingParams bound = SamplingParams.GREEDY.withGrammar(grammar);
    Bench free = new Bench(engine, prompt, tokens, SamplingParams.GREEDY);
    Bench constrained = new Bench(engine, prompt, tokens, bound);
    free.warmUp();
    constrained.warmUp();
    List<Map<String, Object>> results = new ArrayList<>();
    for (int n : streams) {
      double[] plain = new double[ROUNDS];
      double[] formed = new double[ROUNDS];
      for (int i = 0; i < ROUNDS; i++) {
        plain[i] = free.measure(n).tokensPerSecond();
        formed[i] = constrained.measure(n).tokensPerSecond();
      }
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("streams", n);
      result.put("freeTokensPerSecond", Median.of(plain));
      result.put("boundTokensPerSecond", Median.of(formed));
      result.put("ratio", Median.of(formed) / Median.of(plain));
      results.add(result);
    }
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("model", engine.model().name());
    report.put("vocabulary", engine.text().tokenizer().vocabSize());
    report.put("firstCompileMs", compiled);
    report.put("compileMs", compiledAgain);
    int[] ids = answer(bound);
    report.put("coldMaskMicros", masks(grammar(2).matcher(), ids));
    report.put("maskMicros", masks(grammar.matcher(), ids));
    report.put("results", results);
    print(out, json, report);
  }

  /** Another text each time, so that it is compiled again. */
  private Grammar grammar(int version) {
    String schema = SCHEMA + " ".repeat(version);
    return engine.grammar(new OutputFormat.JsonSchema(schema)).orElseThrow();
  }

  private int[] answer(SamplingParams bound) {
    List<Integer> ids = new ArrayList<>();
    engine.submit(SequenceRequest.of("ids", new int[] { 1 }, bound, tokens));
    while (engine.hasWork()) {
      engine.step(event -> {
        if (event instanceof EngineEvent.Text text) {
          Arrays.stream(text.tokenIds()).forEach(ids::add);
        }
      });
    }
    return ids
      .stream()
      .mapToInt(id -> id)
      .toArray();
  }

  private static Map<String, Double> masks(Matcher matcher, int[] ids) {
    double[] micros = new double[ids.length];
    for (int i = 0; i < ids.length; i++) {
      long start = System.nanoTime();
      matcher.mask();
      matcher.accept(ids[i]);
      micros[i] = (System.nanoTime() - start) / 1e3;
    }
    Arrays.sort(micros);
    Map<String, Double> times = new LinkedHashMap<>();
    times.put("median", micros[micros.length / 2]);
    times.put("p95", micros[(micros.length * 95) / 100]);
    times.put("most", micros[micros.length - 1]);
    return times;
  }

  private static void print(PrintWriter out, boolean json, Map<String, Object> report)
    throws JsonProcessingException {
    if (json) {
      out.println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(report));
      return;
    }
    report.forEach((name, value) -> {
      switch (value) {
        case Double number -> out.printf(Locale.ROOT, "%-20s %.2f%n", name, number);
        case List<?> rows -> rows.forEach(out::println);
        default -> out.printf(Locale.ROOT, "%-20s %s%n", name, value);
      }
    });
  }
}
