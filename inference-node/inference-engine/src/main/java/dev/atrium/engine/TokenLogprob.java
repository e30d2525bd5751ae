package dev.atrium.engine;

import dev.atrium.engine.model.Likelihood;
import java.util.ArrayList;
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

  /** With so many alternatives of those that a device told. */
  static TokenLogprob of(int id, Likelihood told, int alternatives) {
    List<Alternative> others = new ArrayList<>();
    for (int i = 0; i < Math.min(alternatives, told.best().length); i++) {
      others.add(new Alternative(told.best()[i], told.bestLogprobs()[i]));
    }
    return new TokenLogprob(id, told.logprob(), others);
  }

  /** A token that could have been drawn. */
  public record Alternative(int id, double logprob) {}
}
