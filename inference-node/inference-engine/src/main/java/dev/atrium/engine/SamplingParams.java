package dev.atrium.engine;

/**
 * How the next token is drawn. The draw depends on nothing but the logits, these values and the
 * token's index in the answer, so that another engine can go on where one stopped.
 *
 * @param temperature 0 takes the most likely token; higher is more varied
 * @param topK only the k most likely tokens may be drawn; 0 is off
 * @param topP only the most likely tokens that together reach this probability may be drawn; 1 is
 *     off
 * @param seed any number; the same seed gives the same answer
 */
public record SamplingParams(double temperature, int topK, double topP, long seed) {
  public static final SamplingParams GREEDY = new SamplingParams(0, 0, 1, 0);

  public SamplingParams {
    if (!(temperature >= 0 && temperature <= 100)) {
      throw new IllegalArgumentException("temperature must be 0 to 100, not " + temperature);
    }
    if (topK < 0) {
      throw new IllegalArgumentException("topK must be 0 or more, not " + topK);
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException("topP must be above 0 and at most 1, not " + topP);
    }
  }

  public boolean greedy() {
    return temperature == 0 || topK == 1;
  }
}
