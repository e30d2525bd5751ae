package dev.atrium.starter;

import dev.atrium.engine.training.TrainingRun.Progress;
import java.io.PrintStream;
import java.util.Locale;

/** One line that moves on a terminal; a line every ten seconds where the output is a file. */
final class ProgressBar {

  private static final int WIDTH = 30;
  private static final long EVERY_NANOS = 10_000_000_000L;

  private final PrintStream out;
  private final boolean terminal;
  private long last = Long.MIN_VALUE;

  ProgressBar(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  void show(Progress progress) {
    boolean end = progress.step() == progress.steps();
    if (
      !terminal && !end && last != Long.MIN_VALUE && System.nanoTime() - last < EVERY_NANOS
    ) return;
    last = System.nanoTime();
    out.print((terminal ? "\r" : "") + line(progress) + (terminal && !end ? "" : "\n"));
    out.flush();
  }

  static String line(Progress progress) {
    int done = (int) ((WIDTH * progress.step()) / progress.steps());
    var heldOut = Double.isNaN(progress.heldOutLoss())
      ? ""
      : String.format(Locale.ROOT, ", held out %.3f", progress.heldOutLoss());
    return String.format(
      Locale.ROOT,
      "[%s%s] step %d/%d  loss %.3f%s  %.0f tokens/s  %d:%02d left",
      "#".repeat(done),
      "·".repeat(WIDTH - done),
      progress.step(),
      progress.steps(),
      progress.loss(),
      heldOut,
      progress.tokensPerSecond(),
      (long) progress.secondsLeft() / 60,
      (long) progress.secondsLeft() % 60
    );
  }
}
