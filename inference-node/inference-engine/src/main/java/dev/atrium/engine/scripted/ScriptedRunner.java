package dev.atrium.engine.scripted;

import dev.atrium.engine.model.MemoryPlan;
import dev.atrium.engine.model.ModelRunner;
import dev.atrium.engine.model.Precision;
import dev.atrium.engine.model.RunnerInfo;
import dev.atrium.engine.model.Span;
import dev.atrium.engine.model.StepOutput;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * A runner whose "keys and values" are the tokens themselves: it keeps an arena like a real one and
 * hands a sequence's history, as found there, to a script. A scheduler that mixes up places, forgets
 * to copy or computes a token twice therefore writes visibly wrong answers.
 */
public final class ScriptedRunner implements ModelRunner {

  /** What comes next. */
  @FunctionalInterface
  public interface Script {
    /**
     * @param history all tokens of the sequence, the prompt first
     * @return the next token; or throw what a step should fail with
     */
    int next(int[] history);

    /**
     * The same of a history that lies in a larger array, from {@code from} to before {@code to}; whoever
     * is asked often reads it where it lies.
     */
    default int next(int[] arena, int from, int to) {
      return next(Arrays.copyOfRange(arena, from, to));
    }
  }

  private static final int NOTHING = -1;

  private final RunnerInfo info;
  private final Script script;
  private final Duration stepTime;
  private final Duration pace;
  private final int[] arena;
  private final List<List<Span>> steps = new ArrayList<>();
  private boolean recording;
  private long nextStepAt = System.nanoTime();

  private ScriptedRunner(RunnerInfo info, Script script, Duration stepTime, Duration pace) {
    this.info = info;
    this.script = script;
    this.stepTime = stepTime;
    this.pace = pace;
    this.arena = new int[info.cacheTokens()];
    Arrays.fill(arena, NOTHING);
  }

  /** A runner of this vocabulary that takes no time. */
  public static ScriptedRunner of(int vocab, int contextLength, int cacheTokens, Script script) {
    RunnerInfo info = new RunnerInfo(
      "scripted",
      "5c217ed0",
      contextLength,
      vocab,
      0,
      Precision.F32,
      cacheTokens,
      0,
      "script",
      MemoryPlan.NONE
    );
    return of(info, script);
  }

  /** A runner that is described so, and takes no time. */
  public static ScriptedRunner of(RunnerInfo info, Script script) {
    return new ScriptedRunner(info, script, Duration.ZERO, Duration.ZERO);
  }

  /** The same script under another model name. */
  public ScriptedRunner named(String name) {
    return new ScriptedRunner(
      new RunnerInfo(
        name,
        info.weightsHash(),
        info.contextLength(),
        info.vocabSize(),
        info.parameters(),
        info.precision(),
        info.cacheTokens(),
        info.adapters(),
        info.device(),
        info.memory()
      ),
      script,
      stepTime,
      pace
    );
  }

  /** The same script, with steps that take this long. */
  public ScriptedRunner withStepTime(Duration time) {
    return new ScriptedRunner(info, script, time, pace);
  }

  /** The same script, with steps that begin at least so long after one another, on average exactly. */
  public ScriptedRunner withPace(Duration between) {
    return new ScriptedRunner(info, script, stepTime, between);
  }

  /** From now on {@link #steps} keeps what each step was asked for. */
  public ScriptedRunner recording() {
    recording = true;
    return this;
  }

  public List<List<Span>> steps() {
    return List.copyOf(steps);
  }

  @Override
  public RunnerInfo info() {
    return info;
  }

  @Override
  public StepOutput step(List<Span> spans) {
    if (recording) {
      steps.add(List.copyOf(spans));
    }
    awaitTurn();
    LockSupport.parkNanos(stepTime.toNanos());
    List<Integer> next = new ArrayList<>();
    for (Span span : spans) {
      int at = span.cacheStart() + span.position();
      System.arraycopy(span.tokens(), 0, arena, at, span.tokens().length);
      if (span.wantsLogits()) {
        next.add(script.next(arena, span.cacheStart(), at + span.tokens().length));
      }
    }
    return new Output(next, info.vocabSize());
  }

  private void awaitTurn() {
    long now = System.nanoTime();
    for (long left = nextStepAt - now; left > 0; left = nextStepAt - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    // After a rest the steps are not caught up with.
    nextStepAt = Math.max(nextStepAt, now) + pace.toNanos();
  }

  @Override
  public void copyCache(int from, int to, int tokens) {
    System.arraycopy(arena, from, arena, to, tokens);
  }

  @Override
  public void close() {
    // Nothing native is held.
  }

  /** All probability on one token. */
  private record Output(List<Integer> next, int vocab) implements StepOutput {
    private static final float FAR_BELOW = -1e9f;

    @Override
    public int rows() {
      return next.size();
    }

    @Override
    public int argmax(int row) {
      return next.get(row);
    }

    @Override
    public void logits(int row, float[] target) {
      Arrays.fill(target, 0, vocab, FAR_BELOW);
      target[next.get(row)] = 0;
    }
  }
}
