package dev.atrium.engine;

import dev.atrium.engine.model.Draw;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Which tokens were there, for the penalties: those of the prompt and, with how often, of the answer.
 * Made again from the same ids it says the same. Counts nothing where nothing is penalized.
 */
final class TokenCounts {

  private final SamplingParams params;
  private final BitSet seen = new BitSet();
  private final Map<Integer, Integer> answered = new HashMap<>();

  TokenCounts(SamplingParams params) {
    this.params = params;
  }

  void prompt(int... ids) {
    if (params.penalizes()) {
      for (int id : ids) {
        seen.set(id);
      }
    }
  }

  void answer(int id) {
    if (params.penalizes()) {
      seen.set(id);
      answered.merge(id, 1, Integer::sum);
    }
  }

  /** Makes the tokens that were there less likely, in place. */
  void penalize(float[] logits) {
    float repetition = (float) params.repetitionPenalty();
    if (repetition != 1) {
      seen
        .stream()
        .forEach(id ->
          logits[id] = logits[id] > 0 ? logits[id] / repetition : logits[id] * repetition
        );
    }
    answered.forEach((id, times) -> logits[id] -= loss(times));
  }

  /** Those of prompt and answer: bit {@code id % 64} of word {@code id / 64}. */
  long[] seen() {
    return seen.toLongArray();
  }

  /** What those of the answer lose besides, as it is added. */
  Draw.Shift losses() {
    if (params.presencePenalty() == 0 && params.frequencyPenalty() == 0) {
      return Draw.Shift.NONE;
    }
    int[] ids = new int[answered.size()];
    float[] by = new float[ids.length];
    int n = 0;
    for (Map.Entry<Integer, Integer> token : answered.entrySet()) {
      ids[n] = token.getKey();
      by[n++] = -loss(token.getValue());
    }
    return new Draw.Shift(ids, by);
  }

  private float loss(int times) {
    return (float) (params.presencePenalty() + times * params.frequencyPenalty());
  }
}
