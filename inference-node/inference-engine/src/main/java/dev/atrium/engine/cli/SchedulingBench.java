package dev.atrium.engine.cli;

import com.sun.management.ThreadMXBean;
import dev.atrium.engine.EngineConfig;
import dev.atrium.engine.EngineEvent;
import dev.atrium.engine.LlmEngine;
import dev.atrium.engine.Party;
import dev.atrium.engine.SamplingParams;
import dev.atrium.engine.SequenceRequest;
import dev.atrium.engine.scripted.ScriptedRunner;
import dev.atrium.engine.text.ModelText;
import dev.atrium.engine.text.Tokenizer;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * What the engine itself has to do at each step while many write: to choose, to account, to take the
 * tokens and to tell of them. A script that takes next to no time stands in for the network. Whose
 * answer has ended begins another one, so that in each step a few read and most write.
 */
final class SchedulingBench {

  /** The bound of {@code --scheduling}. */
  static final int MOST = 10_000;

  private static final int ROUNDS = 5;
  private static final int WARM_UP_STEPS = 4_000;
  private static final int STEPS = 1_000;
  private static final int DEPARTMENTS = 10;
  private static final int SEQUENCES_OF_A_USER = 5;
  private static final int PROMPT = 64;
  private static final int ANSWER = 256;
  /** Room for those that write, and for as many again that are kept. */
  private static final int CACHE_OF_A_SEQUENCE = 2 * (PROMPT + ANSWER + 64);
  private static final int VOCABULARY = 256;
  /** Whatever has to be read is read at once, as by a scripted model. */
  private static final int ANY_STEP = 1 << 24;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /**
   * Medians of five rounds.
   *
   * @param stepMicros processor time of the engine's thread in one step
   * @param tokenMicros the same by the tokens that were written in it
   * @param tokenBytes what that thread allocated for each of these tokens
   */
  record Result(
    int sequences,
    int users,
    double stepMicros,
    double tokenMicros,
    double tokenBytes
  ) {}

  private record Round(double stepMicros, double tokenMicros, double tokenBytes) {}

  private final int sequences;
  private final int users;
  private final SplittableRandom random = new SplittableRandom(1);
  private final List<String> ended = new ArrayList<>();
  private long written;

  SchedulingBench(int sequences) {
    this.sequences = sequences;
    this.users = Math.ceilDiv(sequences, SEQUENCES_OF_A_USER);
  }

  Result measure() {
    try (LlmEngine engine = engine()) {
      for (int i = 0; i < sequences; i++) {
        // Not all of them shall begin again in the same step.
        engine.submit(request(Integer.toString(i), 1 + (i * ANSWER) / sequences));
      }
      round(engine, WARM_UP_STEPS);
      double[] stepMicros = new double[ROUNDS];
      double[] tokenMicros = new double[ROUNDS];
      double[] tokenBytes = new double[ROUNDS];
      for (int i = 0; i < ROUNDS; i++) {
        Round round = round(engine, STEPS);
        stepMicros[i] = round.stepMicros;
        tokenMicros[i] = round.tokenMicros;
        tokenBytes[i] = round.tokenBytes;
      }
      return new Result(
        sequences,
        users,
        Median.of(stepMicros),
        Median.of(tokenMicros),
        Median.of(tokenBytes)
      );
    }
  }

  /** Only the steps count, not what it takes to ask for the next answers. */
  private Round round(LlmEngine engine, int steps) {
    written = 0;
    long nanos = 0;
    long bytes = 0;
    for (int i = 0; i < steps; i++) {
      long bytesBefore = THREADS.getCurrentThreadAllocatedBytes();
      long nanosBefore = THREADS.getCurrentThreadCpuTime();
      engine.step(this::hear);
      nanos += THREADS.getCurrentThreadCpuTime() - nanosBefore;
      bytes += THREADS.getCurrentThreadAllocatedBytes() - bytesBefore;
      ended.forEach(id -> engine.submit(request(id, ANSWER)));
      ended.clear();
    }
    return new Round(nanos / 1e3 / steps, nanos / 1e3 / written, (double) bytes / written);
  }

  private void hear(EngineEvent event) {
    switch (event) {
      case EngineEvent.Text text -> written += text.tokenIds().length;
      case EngineEvent.Finished end -> ended.add(end.sequenceId());
      case EngineEvent.Failed failed -> throw new IllegalStateException(failed.message());
      default -> {}
    }
  }

  private LlmEngine engine() {
    ScriptedRunner runner = ScriptedRunner.of(
      VOCABULARY,
      PROMPT + ANSWER,
      sequences * CACHE_OF_A_SEQUENCE,
      new Letters()
    );
    EngineConfig config = EngineConfig.defaults()
      .withMaxBatch(sequences)
      .withStepTokenBudget(ANY_STEP);
    ModelText text = ModelText.of(Tokenizer.ofBytes(List.of()), Optional.empty(), Set.of());
    return LlmEngine.over(runner, text, config);
  }

  private SequenceRequest request(String id, int tokens) {
    int[] prompt = random.ints(PROMPT, 'a', 'z' + 1).toArray();
    int user = Integer.parseInt(id) / SEQUENCES_OF_A_USER;
    Party party = new Party("department " + (user % DEPARTMENTS), "user " + user);
    return SequenceRequest.of(id, prompt, SamplingParams.GREEDY, tokens).by(party, 0);
  }

  /** The alphabet again and again, by the length of the history alone. */
  private static final class Letters implements ScriptedRunner.Script {

    @Override
    public int next(int[] history) {
      return next(history, 0, history.length);
    }

    @Override
    public int next(int[] arena, int from, int to) {
      return 'a' + ((to - from) % 26);
    }
  }

  static void print(PrintWriter out, Result r) {
    out.printf(
      Locale.ROOT,
      "%d sequences of %d users: %.0f µs a step, %.2f µs and %.0f bytes a token%n",
      r.sequences,
      r.users,
      r.stepMicros,
      r.tokenMicros,
      r.tokenBytes
    );
  }
}
