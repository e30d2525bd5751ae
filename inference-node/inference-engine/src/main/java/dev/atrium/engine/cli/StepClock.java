package dev.atrium.engine.cli;

import dev.atrium.engine.model.ModelRunner;
import dev.atrium.engine.model.RunnerInfo;
import dev.atrium.engine.model.Span;
import dev.atrium.engine.model.StepOutput;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * A runner that takes the times between its steps: what the engine does with a step's logits, and
 * whatever else is to do before the next.
 */
final class StepClock implements ModelRunner {

  private final ModelRunner runner;
  private DoubleStream.Builder micros = DoubleStream.builder();
  private int rows;
  private long ended;

  StepClock(ModelRunner runner) {
    this.runner = runner;
  }

  /**
   * Microseconds for each answer between two steps in which nothing was read, in the median of all
   * since the last call; NaN if there was none.
   */
  double takeMicros() {
    double[] taken = micros.build().toArray();
    micros = DoubleStream.builder();
    return Median.of(taken);
  }

  @Override
  public RunnerInfo info() {
    return runner.info();
  }

  @Override
  public StepOutput step(List<Span> spans) {
    boolean writes = spans.stream().allMatch(span -> span.tokens().length == 1);
    if (writes && rows == spans.size()) {
      micros.add((System.nanoTime() - ended) / 1e3 / rows);
    }
    rows = writes ? spans.size() : 0;
    StepOutput output = runner.step(spans);
    ended = System.nanoTime();
    return output;
  }

  @Override
  public void copyCache(int from, int to, int tokens) {
    runner.copyCache(from, to, tokens);
  }

  @Override
  public void close() {
    runner.close();
  }
}
