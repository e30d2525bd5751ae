package dev.atrium.engine.cli;

import dev.atrium.engine.EngineEvent;
import dev.atrium.engine.LlmEngine;
import dev.atrium.engine.SamplingParams;
import dev.atrium.engine.SequenceRequest;
import dev.atrium.engine.text.ChatMessage;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Writes one answer to stdout, as it comes. */
@Command(
  name = "generate",
  description = "Writes an answer to stdout, as it comes.",
  mixinStandardHelpOptions = true
)
final class GenerateCommand implements Callable<Integer> {

  private static final int MOST_CHOICES = 16;

  @Spec
  private CommandSpec spec;

  @Mixin
  private EngineOptions options;

  @Option(names = "--model", required = true, paramLabel = "DIR", description = "The model.")
  private Path model;

  @Option(
    names = "--prompt",
    defaultValue = "",
    description = "What to answer, or, for a model without a chat template, what to go on from."
  )
  private String prompt;

  @Option(names = "--system", description = "A system message before the prompt.")
  private String system;

  @Option(names = "--raw", description = "Go on from the prompt even if the model can chat.")
  private boolean raw;

  @Option(
    names = "--tokens",
    defaultValue = "256",
    description = "Most tokens of the answer (default: ${DEFAULT-VALUE})."
  )
  private int tokens;

  @Mixin
  private SamplingOptions sampling;

  @Option(names = "--stop", description = "Ends the answer before this text (repeatable).")
  private List<String> stop = List.of();

  @Option(
    names = "--choices",
    paramLabel = "N",
    defaultValue = "1",
    description = "Several answers to the prompt, which is read once; they are written together and " +
    "printed one after another, each after a line with its number (default: ${DEFAULT-VALUE})."
  )
  private int choices;

  @ArgGroup
  private FormatOptions format = new FormatOptions();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (
      LlmEngine engine = LlmEngine.load(EngineOptions.requireDirectory(model), options.config())
    ) {
      int[] ids = ids(engine);
      SamplingParams params = format.over(engine, sampling.over(engine.text().defaults()));
      requireChoices(params);
      StringBuilder[] texts = new StringBuilder[choices];
      Arrays.setAll(texts, _ -> new StringBuilder());
      LogprobsPrinter logprobs = new LogprobsPrinter(out, engine.text().tokenizer());
      engine.submit(
        IntStream.range(0, choices)
          .mapToObj(i -> request(i, ids, params))
          .toList()
      );
      List<EngineEvent.Failed> failures = new ArrayList<>();
      while (engine.hasWork()) {
        engine.step(event -> {
          switch (event) {
            case EngineEvent.Text text when params.logprobs().isPresent() -> logprobs.print(text);
            case EngineEvent.Text text when choices == 1 -> print(out, text.text());
            case EngineEvent.Text text -> texts[Integer.parseInt(text.sequenceId())].append(
              text.text()
            );
            case EngineEvent.Failed failed -> failures.add(failed);
            default -> {}
          }
        });
      }
      failures.forEach(failed -> {
        throw new IllegalStateException(failed.code() + ": " + failed.message());
      });
      if (choices > 1) {
        for (int i = 0; i < choices; i++) {
          out.printf("--- %d%n%s%n", i + 1, texts[i]);
        }
      } else if (params.logprobs().isEmpty()) {
        out.println();
      }
    }
    return 0;
  }

  private void requireChoices(SamplingParams params) {
    if (choices < 1 || choices > MOST_CHOICES) {
      throw new IllegalArgumentException("--choices must be 1 to 16, not " + choices);
    }
    if (choices > 1 && params.logprobs().isPresent()) {
      throw new IllegalArgumentException(
        "log-probabilities are told of one answer, not of several"
      );
    }
  }

  private SequenceRequest request(int choice, int[] ids, SamplingParams params) {
    return new SequenceRequest(
      Integer.toString(choice),
      ids,
      new int[0],
      params.forChoice(choice),
      tokens,
      stop,
      tokens,
      0
    );
  }

  private int[] ids(LlmEngine engine) {
    if (!raw && engine.text().template().isPresent()) {
      List<ChatMessage> messages = new ArrayList<>();
      if (system != null) {
        messages.add(new ChatMessage("system", system));
      }
      messages.add(new ChatMessage("user", prompt));
      return engine.prepare(messages, tokens).ids();
    }
    int[] ids = engine.text().completionIds(prompt);
    if (ids.length == 0) {
      throw new IllegalArgumentException("this model has no start token: --prompt can't be empty");
    }
    return ids;
  }

  private static void print(PrintWriter out, String text) {
    out.print(text);
    out.flush();
  }
}
