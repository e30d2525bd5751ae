package dev.atrium.engine.cli;

import dev.atrium.engine.EngineConfig;
import dev.atrium.engine.djl.TorchModelRunner;
import dev.atrium.engine.export.StepArchive;
import dev.atrium.engine.model.ModelRunner;
import dev.atrium.engine.model.NetworkShape;
import dev.atrium.engine.model.Precision;
import dev.atrium.engine.safetensors.WeightSource;
import dev.atrium.engine.torchscript.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Writes program and weights into one file for libtorch on CUDA. */
@Command(
  name = "export",
  description = "Writes the program for CUDA and the weights into one file that any libtorch loads.",
  mixinStandardHelpOptions = true
)
final class ExportCommand implements Callable<Integer> {

  /** How the numbers are held in the file, and computed with; named as precisions are. */
  enum Type {
    BF16(ElementType.BF16),
    FP16(ElementType.F16),
    F32(ElementType.F32);

    private final ElementType element;

    Type(ElementType element) {
      this.element = element;
    }
  }

  @Spec
  private CommandSpec spec;

  @ArgGroup(exclusive = true, multiplicity = "1")
  private ModelSource source;

  @Option(names = "--out", required = true, paramLabel = "FILE", description = "The file to write.")
  private Path out;

  @Option(
    names = "--precision",
    paramLabel = "bf16|fp16|f32",
    defaultValue = "bf16",
    description = "Type of weights, activations and cache (default: ${DEFAULT-VALUE})."
  )
  private Type precision;

  @Option(
    names = "--cache-tokens",
    paramLabel = "N",
    defaultValue = "32768",
    description = "Size of the cache, unless whoever loads the file asks for another (default: ${DEFAULT-VALUE})."
  )
  private int cacheTokens;

  @Option(names = "--skeleton", description = "Zeros instead of weights: a small file.")
  private boolean skeleton;

  @Option(
    names = "--reference",
    paramLabel = "FILE",
    description = "Also writes logits and answers of the CPU in f32, to compare with."
  )
  private Path reference;

  @Option(names = "--force", description = "Replaces files that are there.")
  private boolean force;

  @Override
  public Integer call() throws IOException {
    check();
    NetworkShape shape = source.shape();
    try (WeightSource weights = source.weights()) {
      StepArchive archive = skeleton
        ? StepArchive.skeleton(shape, precision.element, cacheTokens)
        : StepArchive.of(shape, weights, precision.element, cacheTokens);
      archive.write(out);
      if (reference != null) {
        writeReference(shape, weights);
      }
    }
    spec
      .commandLine()
      .getOut()
      .printf(
        Locale.ROOT,
        "%s: %s, %s, %.1f MB%n",
        out,
        source.name(),
        precision.name().toLowerCase(Locale.ROOT),
        Files.size(out) / 1e6
      );
    return 0;
  }

  private void check() {
    if (cacheTokens < 1) {
      throw new IllegalArgumentException("--cache-tokens must be 1 or more, not " + cacheTokens);
    }
    if (skeleton && reference != null) {
      throw new IllegalArgumentException("there is nothing to compare a --skeleton with");
    }
    checkTarget(out);
    if (reference != null) {
      checkTarget(reference);
    }
  }

  private void checkTarget(Path file) {
    Path dir = file.toAbsolutePath().getParent();
    if (dir == null || !Files.isDirectory(dir)) {
      throw new IllegalArgumentException("there is no directory " + dir + " to write into");
    }
    if (Files.isDirectory(file)) {
      throw new IllegalArgumentException(file + " is a directory");
    }
    if (Files.exists(file) && !force) {
      throw new IllegalArgumentException(file + " is there already (--force replaces it)");
    }
  }

  private void writeReference(NetworkShape shape, WeightSource weights) throws IOException {
    int threads = EngineConfig.defaults().threads();
    try (
      ModelRunner runner = TorchModelRunner.load(
        source.name(),
        shape,
        weights,
        Precision.F32,
        threads,
        Reference.cacheTokens(shape.contextLength())
      )
    ) {
      new Reference(runner).write(reference);
    }
  }
}
