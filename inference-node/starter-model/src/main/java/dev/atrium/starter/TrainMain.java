package dev.atrium.starter;

import dev.atrium.engine.EngineConfig;
import dev.atrium.engine.djl.Gpus;
import dev.atrium.engine.model.Device;
import dev.atrium.engine.model.DeviceChoice;
import dev.atrium.engine.model.ModelLoadException;
import dev.atrium.engine.safetensors.SafetensorsDirectory;
import dev.atrium.engine.training.BatchesAhead;
import dev.atrium.engine.training.Trainer;
import dev.atrium.engine.training.TrainingBatch;
import dev.atrium.engine.training.TrainingRun;
import dev.atrium.starter.evaluation.Answerer;
import dev.atrium.starter.evaluation.Evaluation;
import dev.atrium.starter.tokenizer.Bpe;
import dev.atrium.starter.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code deploy/atrium train starter}: makes the starter model again, or measures the one there is. */
@Command(
  name = "deploy/atrium train starter",
  mixinStandardHelpOptions = true,
  description = "Makes the small model that ships with Atrium, from nothing."
)
public final class TrainMain implements Callable<Integer> {

  private static final int PACE_STEPS = 12;
  private static final int STOPPED = 130;
  private static final int NOT_THERE = 69;

  @Option(
    names = "--minutes",
    description = "Length of the training by the clock; the steps follow from the pace."
  )
  private double minutes;

  @Option(
    names = "--steps",
    description = "Length of the training (default: " +
    Recipe.STEPS +
    ", with --from " +
    Recipe.STEPS_AGAIN +
    ")."
  )
  private Long steps;

  @Option(names = "--out", description = "Model directory to write (default: the shipped one).")
  private Path out = Path.of(System.getProperty("atrium.root", ".")).resolve(
    "inference-node/starter-model/model"
  );

  @Option(names = "--checkpoint", description = "Where checkpoints lie while it trains.")
  private Path checkpoint = Path.of(System.getProperty("atrium.root", ".")).resolve(
    "inference-node/starter-model/target/training"
  );

  @Option(names = "--resume", description = "Go on from the last checkpoint.")
  private boolean resume;

  @Option(
    names = "--from",
    description = "Start from the weights and the tokenizer of this model directory, at a lower rate."
  )
  private Path from;

  @Option(names = "--evaluate", description = "Train nothing, measure the model in --out.")
  private boolean evaluate;

  @Option(
    names = "--shares",
    description = "Train nothing, count how many tokens of a training each family gets."
  )
  private boolean shares;

  @Option(names = "--unmeasured", description = "Write the weights without measuring them.")
  private boolean unmeasured;

  @Option(
    names = "--tasks",
    description = "How many of each family, language and kind are measured (default: ${DEFAULT-VALUE})."
  )
  private int tasks = 50;

  @Option(names = "--mistakes", description = "Print every answer that was not right.")
  private boolean mistakes;

  @Option(names = "--threads", description = "Native threads (default: all cores).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
    names = "--device",
    paramLabel = "cpu|cuda|cuda:N|auto",
    description = "Where it trains; a checkpoint of the one can be resumed on the other (default: cpu)."
  )
  private DeviceChoice choice = DeviceChoice.CPU;

  private Device device;

  private final CountDownLatch done = new CountDownLatch(1);

  public static void main(String[] args) {
    // Must be set before the first logger is made, or logback talks to stdout.
    if (System.getProperty("logback.configurationFile") == null) {
      System.setProperty("logback.configurationFile", "dev/atrium/engine/cli-logback.xml");
    }
    System.exit(
      new CommandLine(new TrainMain())
        .registerConverter(DeviceChoice.class, TrainMain::choice)
        .setExecutionExceptionHandler(TrainMain::failed)
        .execute(args)
    );
  }

  private static DeviceChoice choice(String label) {
    try {
      return new DeviceChoice(label);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }

  /** What a person can mend gets a sentence, anything else its trace. */
  private static int failed(Exception e, CommandLine command, CommandLine.ParseResult parsed)
    throws Exception {
    if (!(e instanceof ModelLoadException known)) throw e;
    command.getErr().println("train starter: " + known.getMessage());
    return known.code().endsWith("_missing") ? NOT_THERE : 1;
  }

  @Override
  public Integer call() throws IOException {
    try {
      device = Gpus.devices(choice).getFirst();
      var chats = new Chats(Recipe.SEED);
      if (evaluate) {
        measure(chats, TokenizerFiles.read(out));
        return 0;
      }
      System.out.println("Corpus and tokenizer …");
      if (shares) {
        System.out.print(TokensByFamily.table(chats, Recipe.tokenizer(chats), steps()));
        return 0;
      }
      return train(chats, from == null ? Recipe.tokenizer(chats) : TokenizerFiles.read(from))
        ? 0
        : STOPPED;
    } finally {
      done.countDown();
    }
  }

  private boolean train(Chats chats, Bpe bpe) throws IOException {
    var shape = Recipe.shape(bpe);
    long length = length(chats, bpe);
    var options = (from == null
        ? Recipe.options(length, threads)
        : Recipe.continuation(length, threads)).withDevice(device);
    try (
      var batches = new BatchesAhead(Recipe.batches(chats, bpe, options), batchThreads());
      var trainer = new Trainer(shape, options)
    ) {
      if (from != null) load(trainer, from);
      if (resume) trainer.resume(checkpoint);
      System.out.printf(
        "%,d parameters, %,d steps on %s%n",
        shape.parameters(),
        length,
        device.label()
      );
      var bar = new ProgressBar(System.out, System.console() != null);
      var run = new TrainingRun(
        trainer,
        batches,
        Recipe.heldOut(chats, bpe),
        checkpoint,
        bar::show
      );
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(run), "stop training"));
      long began = System.nanoTime();
      if (!run.train()) {
        System.out.printf("%nStopped and saved at step %d; --resume goes on.%n", trainer.step());
        return false;
      }
      double spent = (System.nanoTime() - began) / 60e9;
      ModelDirectory.write(out, trainer, bpe);
      System.out.println("Written to " + out);
      if (!unmeasured) report(figures(chats, bpe, trainer, length, spent));
      return true;
    }
  }

  /** Beside a GPU the cores have nothing else to do, but for the one that tells it what to do. */
  private int batchThreads() {
    return device.isGpu() ? Math.max(1, Runtime.getRuntime().availableProcessors() - 2) : 1;
  }

  private long length(Chats chats, Bpe bpe) {
    if (resume) return Trainer.schedule(checkpoint);
    return minutes > 0 ? stepsIn(minutes, chats, bpe) : steps();
  }

  private long steps() {
    if (steps != null) return steps;
    return from == null ? Recipe.STEPS : Recipe.STEPS_AGAIN;
  }

  /** Ctrl-C: the step ends, the checkpoint is written, then the process may go. */
  private void stop(TrainingRun run) {
    run.stop();
    try {
      boolean _ = done.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** How many steps fit, by the pace of a few that are thrown away. */
  private long stepsIn(double minutes, Chats chats, Bpe bpe) {
    var options = Recipe.options(PACE_STEPS, threads).withDevice(device);
    try (
      var batches = new BatchesAhead(Recipe.batches(chats, bpe, options), batchThreads());
      var probe = new Trainer(Recipe.shape(bpe), options)
    ) {
      for (int i = 0; i < 4; i++) probe.learn(batches.batch(i));
      double _ = probe.takeLoss();
      long began = System.nanoTime();
      for (int i = 0; i < PACE_STEPS; i++) probe.learn(batches.batch(i));
      double _ = probe.takeLoss(); // waits for the device
      double seconds = (System.nanoTime() - began) / 1e9 / PACE_STEPS;
      return Math.max(1, Math.round((60 * minutes) / seconds));
    }
  }

  private static void load(Trainer trainer, Path directory) {
    try (var weights = SafetensorsDirectory.open(directory)) {
      trainer.load(weights);
    }
  }

  private void measure(Chats chats, Bpe bpe) throws IOException {
    try (
      var trainer = new Trainer(Recipe.shape(bpe), Recipe.options(1, threads).withDevice(device))
    ) {
      load(trainer, out);
      System.out.print(Datasheet.table(figures(chats, bpe, trainer, 0, 0)));
    }
  }

  private void report(Datasheet.Figures figures) throws IOException {
    System.out.print(Datasheet.table(figures));
    Datasheet.write(out, figures);
  }

  private Datasheet.Figures figures(Chats chats, Bpe bpe, Trainer trainer, long steps, double spent)
    throws IOException {
    var heldOut = Recipe.heldOut(chats, bpe);
    double nats = 0;
    long learned = 0;
    long bytes = 0;
    for (var batch : heldOut) {
      nats += trainer.loss(batch) * batch.learned();
      learned += batch.learned();
      bytes += answerBytes(batch, bpe);
    }
    try (var answerer = new Answerer(out, EngineConfig.defaults().withThreads(threads))) {
      var report = new Evaluation(chats.corpus(), chats.tasks(), answerer, tasks).run();
      if (mistakes) report.mistakes().forEach(System.out::println);
      return new Datasheet.Figures(
        trainer.shape().parameters(),
        Files.size(out.resolve("model.safetensors")),
        from != null,
        steps,
        steps * Recipe.BATCH_TOKENS,
        spent,
        device.isGpu() ? "one GPU" : threads + " threads",
        nats / learned,
        nats / Math.log(2) / bytes,
        report
      );
    }
  }

  private static long answerBytes(TrainingBatch batch, Bpe bpe) {
    var ids = Arrays.stream(batch.targets())
      .filter(id -> id != TrainingBatch.IGNORED)
      .toArray();
    return bpe.decode(ids).getBytes(StandardCharsets.UTF_8).length;
  }
}
