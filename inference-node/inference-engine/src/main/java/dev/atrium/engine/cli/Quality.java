package dev.atrium.engine.cli;

import dev.atrium.engine.model.ModelRunner;
import dev.atrium.engine.model.Span;
import dev.atrium.engine.model.StepOutput;
import java.util.ArrayList;
import java.util.List;

/**
 * How well a model foretells a text, token by token, each from those before it in its window. The
 * tokens go through the network as an answer's do, one span each.
 */
final class Quality {

  /** Rows of a step: more would only fill memory with logits. */
  private static final int ROWS = 64;

  /**
   * What a model said of each token but the first of each window.
   *
   * @param losses negative natural logarithms of the tokens' probabilities
   * @param best the tokens that it found likeliest instead
   */
  record Reading(double[] losses, int[] best) {
    /** The number of tokens among which it would have had to guess, on average (Jelinek, 1977). */
    double perplexity() {
      double sum = 0;
      for (double loss : losses) {
        sum += loss;
      }
      return Math.exp(sum / losses.length);
    }

    /** The share of places where both found the same token likeliest. */
    double agreement(Reading other) {
      int same = 0;
      for (int i = 0; i < best.length; i++) {
        same += best[i] == other.best[i] ? 1 : 0;
      }
      return (double) same / best.length;
    }
  }

  private final ModelRunner runner;
  private final float[] logits;

  Quality(ModelRunner runner) {
    this.runner = runner;
    this.logits = new float[runner.info().vocabSize()];
  }

  /** @param windows texts apart from each other, of two tokens or more, that fit into the cache */
  Reading read(List<int[]> windows) {
    List<Double> losses = new ArrayList<>();
    List<Integer> best = new ArrayList<>();
    for (int[] window : windows) {
      for (int from = 0; from < window.length - 1; from += ROWS) {
        int to = Math.min(window.length - 1, from + ROWS);
        StepOutput output = runner.step(spans(window, from, to));
        for (int at = from; at < to; at++) {
          output.logits(at - from, logits);
          losses.add(loss(window[at + 1]));
          best.add(output.argmax(at - from));
        }
      }
    }
    return new Reading(
      losses.stream().mapToDouble(Double::doubleValue).toArray(),
      best.stream().mapToInt(Integer::intValue).toArray()
    );
  }

  private static List<Span> spans(int[] window, int from, int to) {
    List<Span> spans = new ArrayList<>(to - from);
    for (int at = from; at < to; at++) {
      spans.add(new Span(new int[] { window[at] }, at, 0, 0, true));
    }
    return spans;
  }

  private double loss(int token) {
    double max = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    return max + Math.log(sum) - logits[token];
  }
}
