package dev.atrium.engine.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * The loop around a {@link Trainer}: batches in their order, a held-out loss now and then, a
 * checkpoint every two minutes and when it is asked to stop.
 */
public final class TrainingRun {

  private static final long SAVE_EVERY_NANOS = 120_000_000_000L;
  private static final int MEASURE_EVERY = 200;
  /** Whoever asks a GPU for a loss waits until it is done, and then it waits for work. */
  private static final int GPU_LOSS_EVERY = 20;
  /** What a step's loss counts in the running mean. */
  private static final double WEIGHT = 0.03;

  private final Trainer trainer;
  private final BatchSource batches;
  private final List<TrainingBatch> heldOut;
  private final Path checkpoint;
  private final Consumer<Progress> listener;
  private volatile boolean stopping;

  /**
   * What is told after each step.
   *
   * @param loss running mean, nats a learned token; on a GPU as of one of the last steps
   * @param heldOutLoss as last measured; not a number before the first time
   * @param tokensPerSecond since this run began, all tokens read
   */
  public record Progress(
    long step,
    long steps,
    double loss,
    double heldOutLoss,
    double tokensPerSecond,
    double secondsLeft
  ) {}

  public TrainingRun(
    Trainer trainer,
    BatchSource batches,
    List<TrainingBatch> heldOut,
    Path checkpoint,
    Consumer<Progress> listener
  ) {
    this.trainer = trainer;
    this.batches = batches;
    this.heldOut = List.copyOf(heldOut);
    this.checkpoint = checkpoint;
    this.listener = listener;
  }

  /** Asks the loop to save and return after the step that it is in. Any thread. */
  public void stop() {
    stopping = true;
  }

  /**
   * Trains to the end of the schedule.
   *
   * @return whether the end was reached; otherwise {@link #stop} was called, and a checkpoint is
   *     there
   */
  public boolean train() throws IOException {
    long steps = trainer.options().steps();
    long began = System.nanoTime();
    long saved = began;
    long firstStep = trainer.step();
    long tokens = 0;
    long read = firstStep;
    int every = trainer.options().device().isGpu() ? GPU_LOSS_EVERY : 1;
    double loss = Double.NaN;
    double heldOutLoss = Double.NaN;
    while (trainer.step() < steps && !stopping) {
      var batch = batches.batch(trainer.step());
      trainer.learn(batch);
      tokens += batch.ids().length;
      boolean ofInterest = read == firstStep || trainer.step() == steps;
      if (ofInterest || trainer.step() % every == 0) {
        double share = Double.isNaN(loss) ? 0 : Math.pow(1 - WEIGHT, trainer.step() - read);
        double now = trainer.takeLoss();
        loss = share == 0 ? now : share * loss + (1 - share) * now;
        read = trainer.step();
      }
      if (trainer.step() % MEASURE_EVERY == 0) heldOutLoss = heldOutLoss();
      if (System.nanoTime() - saved > SAVE_EVERY_NANOS) {
        trainer.save(checkpoint);
        saved = System.nanoTime();
      }
      double seconds = (System.nanoTime() - began) / 1e9;
      double pace = seconds / (trainer.step() - firstStep);
      double left = pace * (steps - trainer.step());
      listener.accept(
        new Progress(trainer.step(), steps, loss, heldOutLoss, tokens / seconds, left)
      );
    }
    trainer.save(checkpoint);
    return trainer.step() >= steps;
  }

  /** Mean loss over the held-out batches. */
  public double heldOutLoss() {
    return heldOut.stream().mapToDouble(trainer::loss).average().orElse(Double.NaN);
  }
}
