package dev.atrium.engine.cli;

import dev.atrium.engine.EngineConfig;
import dev.atrium.engine.djl.ModelRunners;
import dev.atrium.engine.model.ModelRunner;
import dev.atrium.engine.model.Span;
import dev.atrium.engine.model.StepOutput;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The next token's logits after some ids, as a JSON array on stdout and nothing else there. */
@Command(
  name = "logits",
  description = "Prints the next token's logits after some ids, as a JSON array.",
  mixinStandardHelpOptions = true
)
final class LogitsCommand implements Callable<Integer> {

  @Spec
  private CommandSpec spec;

  @Mixin
  private EngineOptions options;

  @Option(names = "--model", required = true, paramLabel = "DIR", description = "The model.")
  private Path model;

  @Option(
    names = "--ids",
    required = true,
    split = ",",
    paramLabel = "ID",
    description = "Token ids, separated by commas."
  )
  private int[] ids;

  @Override
  public Integer call() {
    EngineConfig config = options.config();
    try (
      ModelRunner runner = ModelRunners.load(
        EngineOptions.requireDirectory(model),
        config.device(),
        config.precision(),
        config.threads(),
        ids.length
      )
    ) {
      StepOutput output = runner.step(List.of(new Span(ids, 0, 0, 0, true)));
      float[] logits = new float[runner.info().vocabSize()];
      output.logits(0, logits);
      print(spec.commandLine().getOut(), logits);
    }
    return 0;
  }

  private static void print(PrintWriter out, float[] logits) {
    out.print('[');
    for (int i = 0; i < logits.length; i++) {
      out.print(i == 0 ? "" : ",");
      out.print(logits[i]);
    }
    out.println(']');
  }
}
