package dev.atrium.engine;

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
    answered.forEach((id, times) ->
      logits[id] -= (float) (params.presencePenalty() + times * params.frequencyPenalty())
    );
  }
}
