package dev.atrium.engine;

import dev.atrium.engine.grammar.Grammar;
import dev.atrium.engine.text.GenerationDefaults;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How the next token is drawn. The draw depends on nothing but the logits, these values, the tokens
 * so far and the token's index in the answer, so that another engine can go on where one stopped.
 *
 * <p>In this order: biases are added, tokens that were there are made less likely, what the form does
 * not allow is made impossible, logits are divided by the temperature, then top-k, top-p and min-p
 * leave the tokens that may be drawn.
 *
 * @param temperature 0 takes the most likely token; higher is more varied
 * @param topK only the k most likely tokens may be drawn; 0 is off
 * @param topP only the most likely tokens that together reach this probability may be drawn; 1 is
 *     off
 * @param minP only tokens at least this share as likely as the likeliest may be drawn; 0 is off
 * @param repetitionPenalty positive logits of tokens of prompt and answer are divided by it, negative
 *     ones multiplied (Keskar et al., "CTRL", 2019); 1 is off
 * @param presencePenalty what tokens of the answer lose, once; 0 is off
 * @param frequencyPenalty what tokens of the answer lose each time that they were there; 0 is off
 * @param logitBias what is added to the logits of these tokens
 * @param logprobs whether log-probabilities are told, and how many alternatives of each token: of the
 *     model as it is, before any of the above
 * @param grammar the form that the answer must have: of the tokens only those may be drawn after which
 *     it can still be kept
 * @param seed any number; the same seed gives the same answer
 */
public record SamplingParams(
  double temperature,
  int topK,
  double topP,
  double minP,
  double repetitionPenalty,
  double presencePenalty,
  double frequencyPenalty,
  Map<Integer, Double> logitBias,
  OptionalInt logprobs,
  Optional<Grammar> grammar,
  long seed
) {
  /** Most tokens that can have a bias. */
  public static final int MAX_BIASES = 300;
  /** Most alternatives of a token. */
  public static final int MAX_ALTERNATIVES = 20;

  private static final double MOST = 100;

  public static final SamplingParams GREEDY = of(0, 0, 1, 0);

  public SamplingParams {
    within("temperature", temperature, 0, MOST);
    if (topK < 0) {
      throw new IllegalArgumentException("topK must be 0 or more, not " + topK);
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException("topP must be above 0 and at most 1, not " + topP);
    }
    within("minP", minP, 0, 1);
    if (!(repetitionPenalty > 0 && repetitionPenalty <= MOST)) {
      throw new IllegalArgumentException(
        "repetitionPenalty must be above 0 and at most 100, not " + repetitionPenalty
      );
    }
    within("presencePenalty", presencePenalty, -MOST, MOST);
    within("frequencyPenalty", frequencyPenalty, -MOST, MOST);
    if (logitBias.size() > MAX_BIASES) {
      throw new IllegalArgumentException(
        "logitBias holds %d tokens, at most %d".formatted(logitBias.size(), MAX_BIASES)
      );
    }
    logitBias.forEach((id, bias) -> within("logitBias of " + id, bias, -MOST, MOST));
    logprobs.ifPresent(n -> within("logprobs", n, 0, MAX_ALTERNATIVES));
    logitBias = Map.copyOf(logitBias);
  }

  private static void within(String name, double value, double min, double max) {
    // Written so that NaN fails too.
    if (!(value >= min && value <= max)) {
      throw new IllegalArgumentException(
        "%s must be %.0f to %.0f, not %s".formatted(name, min, max, value)
      );
    }
  }

  /** Without min-p, penalties, biases, log-probabilities and a form. */
  public static SamplingParams of(double temperature, int topK, double topP, long seed) {
    return new SamplingParams(
      temperature,
      topK,
      topP,
      0,
      1,
      0,
      0,
      Map.of(),
      OptionalInt.empty(),
      Optional.empty(),
      seed
    );
  }

  /** What a model's makers recommend; where they say nothing, the model as it is. */
  public static SamplingParams recommended(GenerationDefaults by, long seed) {
    return of(
      by.sample() ? by.temperature().orElse(1) : 0,
      by.topK().orElse(0),
      by.topP().orElse(1),
      seed
    )
      .withMinP(by.minP().orElse(0))
      .withPenalties(by.repetitionPenalty().orElse(1), 0, 0);
  }

  public SamplingParams withMinP(double value) {
    return new SamplingParams(
      temperature,
      topK,
      topP,
      value,
      repetitionPenalty,
      presencePenalty,
      frequencyPenalty,
      logitBias,
      logprobs,
      grammar,
      seed
    );
  }

  /**
   * Those of one of several answers to a prompt: each draws from a stream of its own, the first from
   * that of the seed itself.
   *
   * @param choice from 0
   */
  public SamplingParams forChoice(int choice) {
    return new SamplingParams(
      temperature,
      topK,
      topP,
      minP,
      repetitionPenalty,
      presencePenalty,
      frequencyPenalty,
      logitBias,
      logprobs,
      grammar,
      Sampler.stream(seed, choice)
    );
  }

  public SamplingParams withPenalties(double repetition, double presence, double frequency) {
    return new SamplingParams(
      temperature,
      topK,
      topP,
      minP,
      repetition,
      presence,
      frequency,
      logitBias,
      logprobs,
      grammar,
      seed
    );
  }

  public SamplingParams withLogitBias(Map<Integer, Double> value) {
    return with(value, logprobs, grammar);
  }

  public SamplingParams withLogprobs(int alternatives) {
    return with(logitBias, OptionalInt.of(alternatives), grammar);
  }

  public SamplingParams withGrammar(Grammar value) {
    return with(logitBias, logprobs, Optional.of(value));
  }

  private SamplingParams with(Map<Integer, Double> bias, OptionalInt told, Optional<Grammar> form) {
    return new SamplingParams(
      temperature,
      topK,
      topP,
      minP,
      repetitionPenalty,
      presencePenalty,
      frequencyPenalty,
      bias,
      told,
      form,
      seed
    );
  }

  public boolean greedy() {
    return temperature == 0 || topK == 1;
  }

  /** Whether tokens that were there are made less or more likely. */
  boolean penalizes() {
    return repetitionPenalty != 1 || presencePenalty != 0 || frequencyPenalty != 0;
  }
}
