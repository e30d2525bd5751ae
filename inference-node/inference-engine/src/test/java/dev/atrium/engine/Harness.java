package dev.atrium.engine;

import dev.atrium.engine.model.Device;
import dev.atrium.engine.model.Precision;
import dev.atrium.engine.scripted.ScriptedRunner;
import dev.atrium.engine.text.ModelText;
import dev.atrium.engine.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** An engine over a script, whose tokens are bytes, and everything that was heard from it. */
final class Harness implements AutoCloseable {

  /** The token that ends an answer, after the 256 bytes. */
  static final int EOS = 256;

  static final EngineConfig SMALL = new EngineConfig(Device.CPU, Precision.F32, 1, 0, 4, 128, 4);

  final LlmEngine engine;
  final ScriptedRunner runner;
  final List<EngineEvent> events = new ArrayList<>();
  /** What the engine takes for the time, in nanoseconds; a second more at each step. */
  long now;
  long secondsAStep = 1;

  Harness(EngineConfig config, int contextLength, int cacheTokens, ScriptedRunner.Script script) {
    runner = ScriptedRunner.of(EOS + 1, contextLength, cacheTokens, script).recording();
    engine = LlmEngine.over(runner, byteText(), config, () -> now);
  }

  static ModelText byteText() {
    return ModelText.of(Tokenizer.ofBytes(List.of("<end>")), Optional.empty(), Set.of(EOS));
  }

  /** Writes {@code text} after a prompt of any bytes up to and including a line feed, then ends. */
  static ScriptedRunner.Script writes(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return history -> {
      int written = history.length - promptLength(history);
      return written < utf8.length ? utf8[written] & 0xff : EOS;
    };
  }

  /** A sequence's answer depends on all of its history, so that a wrong cache shows. */
  static int mixed(int[] history) {
    return 'a' + Math.floorMod(Arrays.hashCode(history), 26);
  }

  private static int promptLength(int[] history) {
    for (int i = 0; i < history.length; i++) {
      if (history[i] == '\n') {
        return i + 1;
      }
    }
    throw new IllegalStateException("no prompt in " + Arrays.toString(history));
  }

  static int[] prompt(String text) {
    return bytes(text + "\n");
  }

  static int[] bytes(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    int[] ids = new int[utf8.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = utf8[i] & 0xff;
    }
    return ids;
  }

  static SequenceRequest greedy(String id, String prompt, int maxNewTokens) {
    return SequenceRequest.of(id, prompt(prompt), SamplingParams.GREEDY, maxNewTokens);
  }

  static SequenceRequest stopping(String id, int maxNewTokens, String... stop) {
    SequenceRequest base = greedy(id, "go", maxNewTokens);
    return new SequenceRequest(
      id,
      base.promptIds(),
      new int[0],
      base.sampling(),
      maxNewTokens,
      List.of(stop),
      maxNewTokens,
      0
    );
  }

  Harness step() {
    now += secondsAStep * 1_000_000_000;
    engine.step(events::add);
    return this;
  }

  /** Computes once more what was written, as an engine with nothing else to do does. */
  Harness settle() {
    while (engine.canSettle()) {
      engine.settle();
    }
    return this;
  }

  /** Tokens that were computed so far. */
  int computed() {
    return runner
      .steps()
      .stream()
      .flatMap(List::stream)
      .mapToInt(span -> span.tokens().length)
      .sum();
  }

  Usage usage(String id) {
    return finished(id).usage();
  }

  /** Steps until there is nothing to do; fails if that takes unreasonably long. */
  Harness runDry() {
    for (int i = 0; engine.hasWork(); i++) {
      if (i > 20_000) {
        throw new AssertionError("the engine never ends: " + engine.status());
      }
      step();
    }
    return this;
  }

  String text(String id) {
    StringBuilder text = new StringBuilder();
    of(id, EngineEvent.Text.class).forEach(t -> text.append(t.text()));
    return text.toString();
  }

  int[] ids(String id) {
    return of(id, EngineEvent.Text.class)
      .stream()
      .flatMapToInt(t -> Arrays.stream(t.tokenIds()))
      .toArray();
  }

  FinishReason reason(String id) {
    return finished(id).reason();
  }

  EngineEvent.Finished finished(String id) {
    List<EngineEvent.Finished> ends = of(id, EngineEvent.Finished.class);
    if (ends.size() != 1) {
      throw new AssertionError(id + " has " + ends.size() + " ends: " + events);
    }
    return ends.getFirst();
  }

  <T extends EngineEvent> List<T> of(String id, Class<T> type) {
    return events
      .stream()
      .filter(e -> e.sequenceId().equals(id))
      .filter(type::isInstance)
      .map(type::cast)
      .toList();
  }

  @Override
  public void close() {
    engine.close();
  }
}
