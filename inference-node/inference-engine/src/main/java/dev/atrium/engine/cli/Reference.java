package dev.atrium.engine.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.atrium.engine.model.ModelRunner;
import dev.atrium.engine.model.Span;
import dev.atrium.engine.model.StepOutput;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * What a model says to a few prompts, to compare another machine with. Prompts are random ids; each
 * answer is the likeliest, token by token. Of each case there are the logits after the prompt and
 * after the answer, and at each token of the answer by how much it was the likeliest.
 */
final class Reference {

  private static final int[] PROMPTS = { 1, 7, 40, 130, 300 };
  private static final int ANSWER = 32;

  private final ModelRunner runner;

  Reference(ModelRunner runner) {
    this.runner = runner;
  }

  /** One case; its fields are those of the file. */
  record Case(int[] prompt, int[] answer, float[] gaps, float[] afterPrompt, float[] afterAnswer) {}

  /** So many tokens of cache a case needs at most. */
  static int cacheTokens(int contextLength) {
    return Math.min(contextLength, PROMPTS[PROMPTS.length - 1] + ANSWER);
  }

  void write(Path file) throws IOException {
    Random random = new Random(1);
    int vocab = runner.info().vocabSize();
    List<Case> cases = new ArrayList<>();
    for (int length : PROMPTS) {
      if (length + ANSWER <= runner.info().contextLength()) {
        cases.add(answer(random.ints(length, 0, vocab).toArray()));
      }
    }
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("model", runner.info().name());
    report.put("weightsHash", runner.info().weightsHash());
    report.put("parameters", runner.info().parameters());
    report.put("cases", cases);
    new ObjectMapper().writeValue(file.toFile(), report);
  }

  private Case answer(int... prompt) {
    float[] afterPrompt = new float[runner.info().vocabSize()];
    float[] logits = new float[afterPrompt.length];
    int[] answer = new int[ANSWER];
    float[] gaps = new float[ANSWER];
    StepOutput output = runner.step(List.of(new Span(prompt, 0, 0, 0, true)));
    output.logits(0, afterPrompt);
    for (int i = 0; i < ANSWER; i++) {
      output.logits(0, logits);
      answer[i] = output.argmax(0);
      gaps[i] = gap(logits, answer[i]);
      int[] next = { answer[i] };
      output = runner.step(List.of(new Span(next, prompt.length + i, 0, 0, true)));
    }
    output.logits(0, logits);
    return new Case(prompt, answer, gaps, afterPrompt, logits);
  }

  private static float gap(float[] logits, int best) {
    double second = IntStream.range(0, logits.length)
      .filter(i -> i != best)
      .mapToDouble(i -> logits[i])
      .max()
      .orElse(Double.NEGATIVE_INFINITY);
    return (float) (logits[best] - second);
  }
}
