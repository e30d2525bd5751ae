package dev.atrium.inference;

import dev.atrium.engine.LlmEngine;
import dev.atrium.engine.PreparedPrompt;
import dev.atrium.engine.PromptException;
import dev.atrium.engine.SamplingParams;
import dev.atrium.engine.SequenceRequest;
import dev.atrium.engine.text.ChatMessage;
import java.time.Duration;
import java.util.List;

/**
 * Lets a model that was just loaded answer a few sentences that nobody asked, before it is announced:
 * classes, compiled code and native buffers are there when the first person comes. Nodes are loaded
 * while they join the cluster, so it costs no time.
 */
final class WarmUp {

  private static final String ID = "warm-up";
  private static final int TOKENS = 24;

  private WarmUp() {}

  /** Runs on the engine's thread, for at most one step more than {@code time}. */
  static void run(LlmEngine engine, Duration time) {
    long until = System.nanoTime() + time.toNanos();
    for (int round = 0; System.nanoTime() - until < 0; round++) {
      PreparedPrompt prompt;
      try {
        prompt = engine.prepare(List.of(new ChatMessage("user", "Hello? 你好！ " + round)), TOKENS);
      } catch (PromptException _) {
        // No chat template, or one that wants something else: this model warms up at work.
        return;
      }
      SamplingParams sampling = SamplingParams.of(1, 40, 0.9, round);
      engine.submit(SequenceRequest.of(ID, prompt.ids(), sampling, prompt.maxNewTokens()));
      while (engine.hasWork()) {
        engine.step(_ -> {});
        if (System.nanoTime() - until >= 0) {
          engine.cancel(ID);
        }
      }
    }
  }
}
