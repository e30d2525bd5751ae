package dev.atrium.engine.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.atrium.engine.EngineConfig;
import dev.atrium.engine.LlmEngine;
import dev.atrium.engine.SamplingParams;
import dev.atrium.engine.djl.ModelRunners;
import dev.atrium.engine.llamacpp.GgufType;
import dev.atrium.engine.llamacpp.LlamaCpp;
import dev.atrium.engine.llamacpp.LlamaGguf;
import dev.atrium.engine.llamacpp.LlamaPackage;
import dev.atrium.engine.model.ModelRunner;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.safetensors.WeightSource;
import dev.atrium.engine.text.ModelText;
import dev.atrium.engine.text.Tokenizer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures how fast a model reads and writes, alone and with several streams at once. */
@Command(
  name = "bench",
  description = "Measures tokens per second and the time to the first token.",
  mixinStandardHelpOptions = true
)
final class BenchCommand implements Callable<Integer> {

  @Spec
  private CommandSpec spec;

  @Mixin
  private EngineOptions options;

  @ArgGroup(exclusive = true, multiplicity = "0..1")
  private ModelSource source;

  @Option(
    names = "--streams",
    split = ",",
    defaultValue = "1,8",
    description = "How many answers at once (default: ${DEFAULT-VALUE})."
  )
  private int[] streams;

  @Option(
    names = "--prompt",
    defaultValue = "256",
    description = "Tokens of each prompt (default: ${DEFAULT-VALUE})."
  )
  private int prompt;

  @Option(
    names = "--tokens",
    defaultValue = "64",
    description = "Tokens of each answer (default: ${DEFAULT-VALUE})."
  )
  private int tokens;

  @Option(
    names = "--gap",
    paramLabel = "TOKENS",
    description = "Measures the gaps between the tokens of the streams while a prompt of so many " +
    "tokens is read beside them."
  )
  private Integer gap;

  @Option(
    names = "--second-turn",
    description = "Measures the first token of the second turn of a conversation of --prompt " +
    "tokens, of which the last --tokens are the first answer."
  )
  private boolean secondTurn;

  @Option(
    names = "--scheduling",
    paramLabel = "SEQUENCES",
    description = "Measures the engine's own work at each step while so many write, over a script in " +
    "place of a network: the only one without --model or --random."
  )
  private Integer sequences;

  @Option(
    names = "--quality",
    description = "Measures the perplexity of each precision on a text instead of the speed."
  )
  private boolean quality;

  @Option(
    names = "--text",
    paramLabel = "FILE",
    description = "The text for --quality (default: one of our own, in English and Chinese)."
  )
  private Path text;

  @Option(
    names = "--constrained",
    description = "Compares answers that are bound to a JSON schema with free ones."
  )
  private boolean constrained;

  @Option(
    names = "--drawn",
    description = "Compares drawn answers with greedy ones, and tells how long a draw takes."
  )
  private boolean drawn;

  @Option(
    names = "--tokenizer",
    paramLabel = "DIR",
    description = "Whose vocabulary --constrained takes for a --random network."
  )
  private Path tokenizer;

  @Option(
    names = "--against",
    paramLabel = "llamacpp",
    description = "Measures llama.cpp with the same weights in the same run. Its library is fetched by " +
    "npm into the user's cache folder."
  )
  private String against;

  @Option(names = "--json", description = "JSON instead of a table.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    if (sequences != null) {
      ownWork();
      return 0;
    }
    if (source == null) {
      throw new IllegalArgumentException("bench needs --model, --random or --scheduling");
    }
    if (quality) {
      PrintWriter out = spec.commandLine().getOut();
      new QualityBench(source.directory("--quality"), text, options.config().threads()).run(
        out,
        json
      );
      return 0;
    }
    int most = check();
    EngineConfig config = options.config().withMaxBatch(most);
    if (against != null) {
      rival(config, most);
      return 0;
    }
    if (gap != null || secondTurn) {
      scheduling(config.withMaxBatch(most + 1), most);
      return 0;
    }
    if (drawn) {
      drawing(config, most);
      return 0;
    }
    try (LlmEngine engine = engine(config, cacheTokens(most))) {
      requireContext(engine, prompt + tokens);
      if (constrained) {
        new FormatBench(engine, prompt, tokens, streams).run(spec.commandLine().getOut(), json);
        return 0;
      }
      Bench bench = new Bench(engine, prompt, tokens, SamplingParams.GREEDY);
      bench.warmUp();
      List<Bench.Result> results = new ArrayList<>();
      for (int n : streams) {
        // A GPU's kernels are loaded when they are first used, and others for other sizes.
        if (config.device().isGpu()) bench.measure(n);
        results.add(bench.measure(n));
      }
      print(engine, config, results);
    }
    return 0;
  }

  private void ownWork() throws JsonProcessingException {
    if (source != null) {
      throw new IllegalArgumentException("--scheduling takes no --model and no --random");
    }
    if (sequences < 1 || sequences > SchedulingBench.MOST) {
      throw new IllegalArgumentException(
        "--scheduling takes a number from 1 to " + SchedulingBench.MOST + ", not " + sequences
      );
    }
    PrintWriter out = spec.commandLine().getOut();
    SchedulingBench.Result result = new SchedulingBench(sequences).measure();
    if (json) {
      out.println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(result));
    } else {
      SchedulingBench.print(out, result);
    }
  }

  private int cacheTokens(int most) {
    return most * (prompt + tokens + 128);
  }

  private void drawing(EngineConfig config, int most) throws JsonProcessingException {
    PrintWriter out = spec.commandLine().getOut();
    StepClock clock = new StepClock(runner(config, cacheTokens(most)));
    try (LlmEngine engine = engine(config, clock)) {
      requireContext(engine, prompt + tokens);
      List<DrawBench.Result> results = new DrawBench(engine, clock, prompt, tokens).measure(
        streams
      );
      printJsonOr(engine, config, results, () -> {
        out.printf(Locale.ROOT, "a vocabulary of %d%n", engine.model().vocabSize());
        DrawBench.print(out, results);
      });
    }
  }

  private void scheduling(EngineConfig config, int most) throws JsonProcessingException {
    int cache = secondTurn
      ? TurnBench.cacheTokens(prompt)
      : GapBench.cacheTokens(most, prompt, tokens, gap);
    PrintWriter out = spec.commandLine().getOut();
    try (LlmEngine engine = engine(config, cache)) {
      int needed = secondTurn
        ? TurnBench.contextTokens(prompt)
        : GapBench.contextTokens(prompt, tokens, gap);
      requireContext(engine, needed);
      new Bench(engine, 64, 8, SamplingParams.GREEDY).warmUp();
      if (secondTurn) {
        TurnBench.Result result = new TurnBench(engine).measure(prompt, tokens);
        printJsonOr(engine, config, result, () -> TurnBench.print(out, result));
      } else {
        GapBench.Result result = new GapBench(engine, tokens).measure(most, prompt, gap);
        printJsonOr(engine, config, result, () -> GapBench.print(out, result));
      }
    }
  }

  private void rival(EngineConfig config, int most) throws IOException {
    GgufType type = switch (config.precision()) {
      case INT8 -> GgufType.Q8_0;
      case FP16 -> GgufType.F16;
      case F32 -> GgufType.F32;
      case BF16 -> throw new IllegalArgumentException(
        "--against compares on the CPU, where there is no bf16"
      );
    };
    NetworkShape shape = source.shape();
    LlamaGguf translation = new LlamaGguf(shape);
    Path libraries = new LlamaPackage(cacheFolder()).libraries();
    Path folder = Files.createTempDirectory("atrium-bench");
    Path file = folder.resolve("model.gguf");
    int context = RivalBench.contextTokens(shape.contextLength(), prompt, tokens);
    try {
      try (WeightSource weights = source.weights()) {
        translation.write(file, weights, type);
      }
      try (
        LlmEngine engine = engine(config, RivalBench.cacheTokens(context, most));
        LlamaCpp llama = new LlamaCpp(
          libraries,
          file,
          shape.vocab(),
          most + 1,
          context,
          config.threads()
        )
      ) {
        requireContext(engine, context);
        Map<String, Object> report = head(engine, config);
        report.put("against", "llama.cpp in node-llama-cpp " + LlamaPackage.VERSION + ", " + type);
        report.put("contextTokens", prompt);
        RivalBench.Result result = new RivalBench(
          engine,
          llama,
          streams,
          most,
          prompt,
          tokens
        ).measure();
        RivalBench.print(spec.commandLine().getOut(), report, result, json);
      }
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(folder);
    }
  }

  private static Path cacheFolder() {
    String named = System.getenv("XDG_CACHE_HOME");
    Path caches = named == null || named.isEmpty()
      ? Path.of(System.getProperty("user.home"), ".cache")
      : Path.of(named);
    return caches.resolve("atrium");
  }

  private void printJsonOr(LlmEngine engine, EngineConfig config, Object result, Runnable words)
    throws JsonProcessingException {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> report = head(engine, config);
      report.put("result", result);
      out.println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(report));
    } else {
      out.printf(
        Locale.ROOT,
        "%s, %s; %d threads%n",
        engine.model().name(),
        config.precision().label(),
        config.threads()
      );
      words.run();
    }
  }

  private static void requireContext(LlmEngine engine, int tokens) {
    if (tokens > engine.model().contextLength()) {
      throw new IllegalArgumentException(
        "prompt and answer take " +
        tokens +
        " tokens and don't fit into " +
        engine.model().contextLength()
      );
    }
  }

  private static Map<String, Object> head(LlmEngine engine, EngineConfig config) {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("model", engine.model().name());
    report.put("parameters", engine.model().parameters());
    report.put("vocabulary", engine.model().vocabSize());
    report.put("precision", config.precision().label());
    report.put("threads", config.threads());
    return report;
  }

  private int check() {
    int most = 0;
    for (int n : streams) {
      if (n < 1 || n > 256) {
        throw new IllegalArgumentException("--streams takes numbers from 1 to 256, not " + n);
      }
      most = Math.max(most, n);
    }
    if (against != null && !against.equals("llamacpp")) {
      throw new IllegalArgumentException("--against knows llamacpp only, not " + against);
    }
    if (prompt < 1 || tokens < 2) {
      throw new IllegalArgumentException("--prompt must be 1 or more, --tokens 2 or more");
    }
    if (gap != null && (gap < 1 || secondTurn)) {
      throw new IllegalArgumentException("--gap takes 1 or more, and no --second-turn beside it");
    }
    if (secondTurn && prompt <= tokens) {
      throw new IllegalArgumentException("--second-turn wants --prompt to be more than --tokens");
    }
    return most;
  }

  /** Its text is of no interest and no token ends an answer: only the network is measured. */
  private LlmEngine engine(EngineConfig config, int cacheTokens) {
    return engine(config, runner(config, cacheTokens));
  }

  private LlmEngine engine(EngineConfig config, ModelRunner runner) {
    ModelText text = ModelText.of(vocabulary(), Optional.empty(), Set.of());
    return LlmEngine.over(runner, text, config);
  }

  private Tokenizer vocabulary() {
    if (!constrained) {
      // With one, tokens that begin a character would be told of only when it is whole, if ever.
      return Tokenizer.ofNoText();
    }
    return Tokenizer.load(tokenizer == null ? source.directory("--constrained") : tokenizer);
  }

  private ModelRunner runner(EngineConfig config, int cacheTokens) {
    NetworkShape shape = source.shape();
    try (WeightSource weights = source.weights()) {
      return ModelRunners.load(
        source.name(),
        shape,
        weights,
        config.device(),
        config.precision(),
        config.threads(),
        cacheTokens
      );
    }
  }

  private void print(LlmEngine engine, EngineConfig config, List<Bench.Result> results)
    throws JsonProcessingException {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> report = head(engine, config);
      report.put("weightBytes", engine.model().memory().weights());
      report.put("cacheBytes", engine.model().memory().cache());
      report.put("promptTokens", prompt);
      report.put("tokens", tokens);
      report.put("results", results);
      out.println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(report));
      return;
    }
    out.printf(
      Locale.ROOT,
      "%s, %s, %s; %d threads, prompts of %d and answers of %d tokens%n",
      engine.model().name(),
      config.precision().label(),
      engine.model().memory().words(),
      config.threads(),
      prompt,
      tokens
    );
    out.println("streams   tokens/s   per stream   prefill tokens/s   first token ms   (slowest)");
    for (Bench.Result r : results) {
      out.printf(
        Locale.ROOT,
        "%7d %10.1f %12.1f %18.1f %16.1f %11.1f%n",
        r.streams(),
        r.tokensPerSecond(),
        r.tokensPerSecond() / r.streams(),
        r.prefillTokensPerSecond(),
        r.firstTokenMs(),
        r.slowestFirstTokenMs()
      );
    }
  }
}
