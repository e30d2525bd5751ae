package dev.atrium.engine;

import java.util.List;

/**
 * How likely the model itself found a token that was drawn, and which others it found likeliest. Before
 * temperature, penalties, biases and filters.
 *
 * @param logprob natural logarithm of its probability
 * @param alternatives the likeliest tokens, best first; the drawn one may be among them
 */
public record TokenLogprob(int id, double logprob, List<Alternative> alternatives) {
  public TokenLogprob {
    alternatives = List.copyOf(alternatives);
  }

  /** A token that could have been drawn. */
  public record Alternative(int id, double logprob) {}
}
