package dev.atrium.starter.evaluation;

import dev.atrium.engine.EngineConfig;
import dev.atrium.engine.EngineEvent;
import dev.atrium.engine.LlmEngine;
import dev.atrium.engine.SamplingParams;
import dev.atrium.engine.SequenceRequest;
import dev.atrium.engine.text.ChatMessage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Puts many questions to a model at once, through the engine that will serve it. */
public final class Answerer implements AutoCloseable {

  private static final int LONGEST_ANSWER = 160;
  private static final int AT_ONCE = 16;

  private final LlmEngine engine;
  private long tokens;
  private long nanos;

  /**
   * @throws dev.atrium.engine.model.ModelLoadException if the directory is not a good model
   */
  public Answerer(Path model, EngineConfig config) {
    engine = LlmEngine.load(model, config.withMaxBatch(AT_ONCE).withMaxWaiting(AT_ONCE));
  }

  /** What the answer is, and whether the model ended it by itself. */
  public record Answer(String text, boolean ended) {}

  public Answer ask(String question, SamplingParams sampling) {
    return ask(List.of(List.of(new ChatMessage("user", question))), sampling).getFirst();
  }

  /** One answer for each chat, in order. */
  public List<Answer> ask(List<List<ChatMessage>> chats, SamplingParams sampling) {
    var answers = new ArrayList<Answer>();
    for (int from = 0; from < chats.size(); from += AT_ONCE) {
      answers.addAll(some(chats.subList(from, Math.min(chats.size(), from + AT_ONCE)), sampling));
    }
    return answers;
  }

  private List<Answer> some(List<List<ChatMessage>> chats, SamplingParams sampling) {
    var texts = new ArrayList<StringBuilder>();
    var ended = new boolean[chats.size()];
    for (int i = 0; i < chats.size(); i++) {
      var prompt = engine.prepare(chats.get(i), LONGEST_ANSWER);
      texts.add(new StringBuilder());
      engine.submit(
        SequenceRequest.of(Integer.toString(i), prompt.ids(), sampling, prompt.maxNewTokens())
      );
    }
    long began = System.nanoTime();
    while (engine.hasWork()) {
      engine.step(event -> {
        int i = Integer.parseInt(event.sequenceId());
        switch (event) {
          case EngineEvent.Text(_, var text, var ids, _, _) -> {
            texts.get(i).append(text);
            tokens += ids.length;
          }
          case EngineEvent.Finished(_, var reason, _) -> ended[i] = reason.name().equals("STOP");
          case EngineEvent.Failed failed -> throw new IllegalStateException(failed.message());
          default -> {
            // Queued and started say nothing about the answer.
          }
        }
      });
    }
    nanos += System.nanoTime() - began;
    var answers = new ArrayList<Answer>();
    for (int i = 0; i < ended.length; i++) answers.add(
      new Answer(texts.get(i).toString(), ended[i])
    );
    return answers;
  }

  /** Of all answers so far, prompts read included: sixteen chats side by side where there are as many. */
  public double tokensPerSecond() {
    return tokens / (nanos / 1e9);
  }

  public LlmEngine engine() {
    return engine;
  }

  @Override
  public void close() {
    engine.close();
  }
}
