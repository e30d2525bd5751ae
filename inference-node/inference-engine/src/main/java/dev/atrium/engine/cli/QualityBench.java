package dev.atrium.engine.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.atrium.engine.djl.ModelRunners;
import dev.atrium.engine.model.Device;
import dev.atrium.engine.model.ModelRunner;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.model.Precision;
import dev.atrium.engine.text.ModelText;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What each precision costs: its perplexity on a text beside that of f32, and how often both find the
 * same token likeliest.
 */
final class QualityBench {

  /** Our own text, which no model was trained on. */
  private static final String HELD_OUT = "/dev/atrium/engine/held-out.txt";

  private static final int WINDOW = 512;

  /** One precision's figures; those of f32 are what the others are compared with. */
  record Result(String precision, double perplexity, double againstF32, double sameLikeliest) {}

  private final Path model;
  private final String text;
  private final int threads;

  /** @param text what is read; empty for our own */
  QualityBench(Path model, Path text, int threads) {
    this.model = model;
    this.threads = threads;
    this.text = text == null ? heldOut() : read(text);
  }

  void run(PrintWriter out, boolean json) throws JsonProcessingException {
    List<int[]> windows = windows(Math.min(WINDOW, NetworkShape.read(model).contextLength()));
    int tokens = windows
      .stream()
      .mapToInt(window -> window.length - 1)
      .sum();
    if (tokens == 0) {
      throw new IllegalArgumentException("the text is too short to foretell anything in it");
    }
    List<Result> results = new ArrayList<>();
    Quality.Reading exact = reading(Precision.F32, windows);
    for (Precision precision : Precision.on(Device.CPU)) {
      Quality.Reading reading = precision == Precision.F32 ? exact : reading(precision, windows);
      results.add(
        new Result(
          precision.label(),
          reading.perplexity(),
          reading.perplexity() / exact.perplexity(),
          reading.agreement(exact)
        )
      );
    }
    if (json) {
      Map<String, Object> report = new LinkedHashMap<>();
      report.put("model", model.toAbsolutePath().normalize().getFileName().toString());
      report.put("tokens", tokens);
      report.put("results", results);
      out.println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(report));
    } else {
      print(out, tokens, results);
    }
  }

  private static void print(PrintWriter out, int tokens, List<Result> results) {
    out.printf(Locale.ROOT, "%d tokens%n", tokens);
    out.println("precision   perplexity   against f32   same likeliest token");
    for (Result r : results) {
      out.printf(
        Locale.ROOT,
        "%9s %12.4f %13.5f %21.2f%%%n",
        r.precision(),
        r.perplexity(),
        r.againstF32(),
        100 * r.sameLikeliest()
      );
    }
  }

  private Quality.Reading reading(Precision precision, List<int[]> windows) {
    try (ModelRunner runner = ModelRunners.load(model, Device.CPU, precision, threads, WINDOW)) {
      return new Quality(runner).read(windows);
    }
  }

  /** Cuts the text; each piece begins with the model's start token, if it has one. */
  private List<int[]> windows(int size) {
    try (ModelText tokens = ModelText.load(model)) {
      int[] start = tokens.completionIds("");
      int[] all = tokens.tokenizer().encode(text, false);
      List<int[]> windows = new ArrayList<>();
      for (int at = 0; at < all.length; at += size - start.length) {
        int[] piece = Arrays.copyOfRange(all, at, Math.min(all.length, at + size - start.length));
        windows.add(IntStream.concat(IntStream.of(start), IntStream.of(piece)).toArray());
      }
      return windows;
    }
  }

  private static String heldOut() {
    try (InputStream in = QualityBench.class.getResourceAsStream(HELD_OUT)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new IllegalArgumentException(file + " can't be read as a text in UTF-8", e);
    }
  }
}
