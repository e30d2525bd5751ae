package dev.atrium.inference.api;

import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * How the next token is drawn. What is left out, the model's own generation_config decides; what that
 * leaves out too is off.
 *
 * @param temperature 0 to 2; 0 is greedy
 * @param topK 0 is off
 * @param topP above 0 to 1; 1 is off
 * @param minP 0 to 1: only tokens at least this share as likely as the likeliest; 0 is off
 * @param repetitionPenalty above 0 to 10: divides positive logits of tokens of prompt and answer,
 *     multiplies negative ones; 1 is off
 * @param presencePenalty -2 to 2: what tokens of the answer lose, once
 * @param frequencyPenalty -2 to 2: what they lose each time that they were there
 * @param logitBias -100 to 100 for each of at most 300 token ids: what is added to their logits
 * @param logprobs 0 to 20: log-probabilities come with the tokens, and so many alternatives of each;
 *     none if left out
 * @param seed drawn by the hub; with the token's index it fixes the draw, so that another node can
 *     continue the same answer
 */
public record Sampling(
  OptionalDouble temperature,
  OptionalInt topK,
  OptionalDouble topP,
  OptionalDouble minP,
  OptionalDouble repetitionPenalty,
  OptionalDouble presencePenalty,
  OptionalDouble frequencyPenalty,
  Map<Integer, Double> logitBias,
  OptionalInt logprobs,
  long seed
) {
  public Sampling {
    temperature.ifPresent(t -> Check.within("temperature", t, 0.0, 2.0));
    topK.ifPresent(k -> Check.within("topK", k, 0, Limits.TOKENS));
    topP.ifPresent(p -> Check.within("topP", p, Double.MIN_VALUE, 1.0));
    minP.ifPresent(p -> Check.within("minP", p, 0.0, 1.0));
    repetitionPenalty.ifPresent(p -> Check.within("repetitionPenalty", p, Double.MIN_VALUE, 10.0));
    presencePenalty.ifPresent(p -> Check.within("presencePenalty", p, -2.0, 2.0));
    frequencyPenalty.ifPresent(p -> Check.within("frequencyPenalty", p, -2.0, 2.0));
    if (logitBias == null || logitBias.size() > Limits.LOGIT_BIASES) {
      throw new BadMessageException(
        "logitBias",
        "holds more than " + Limits.LOGIT_BIASES + " tokens"
      );
    }
    logitBias.forEach((id, bias) -> {
      Check.within("logitBias", id, 0, Integer.MAX_VALUE);
      Check.within("logitBias", bias, -100.0, 100.0);
    });
    logprobs.ifPresent(n -> Check.within("logprobs", n, 0, Limits.ALTERNATIVES));
    logitBias = Map.copyOf(logitBias);
  }

  /** Temperature, top-k and top-p as given, the rest as the model's own configuration says. */
  public static Sampling of(
    OptionalDouble temperature,
    OptionalInt topK,
    OptionalDouble topP,
    long seed
  ) {
    return new Sampling(
      temperature,
      topK,
      topP,
      OptionalDouble.empty(),
      OptionalDouble.empty(),
      OptionalDouble.empty(),
      OptionalDouble.empty(),
      Map.of(),
      OptionalInt.empty(),
      seed
    );
  }

  /** Everything but the seed as the model's own configuration says. */
  public static Sampling defaults(long seed) {
    return of(OptionalDouble.empty(), OptionalInt.empty(), OptionalDouble.empty(), seed);
  }

  /** Always the token that the model finds likeliest. */
  public static Sampling greedy() {
    return new Sampling(
      OptionalDouble.of(0),
      OptionalInt.of(0),
      OptionalDouble.of(1),
      OptionalDouble.of(0),
      OptionalDouble.of(1),
      OptionalDouble.empty(),
      OptionalDouble.empty(),
      Map.of(),
      OptionalInt.empty(),
      0
    );
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    temperature.ifPresent(value -> json.put("temperature", value));
    topK.ifPresent(value -> json.put("topK", value));
    topP.ifPresent(value -> json.put("topP", value));
    minP.ifPresent(value -> json.put("minP", value));
    repetitionPenalty.ifPresent(value -> json.put("repetitionPenalty", value));
    presencePenalty.ifPresent(value -> json.put("presencePenalty", value));
    frequencyPenalty.ifPresent(value -> json.put("frequencyPenalty", value));
    if (!logitBias.isEmpty()) {
      JsonObject biases = new JsonObject();
      logitBias.forEach((id, bias) -> biases.put(Integer.toString(id), bias));
      json.put("logitBias", biases);
    }
    logprobs.ifPresent(value -> json.put("logprobs", value));
    return json.put("seed", seed);
  }

  /** @throws BadMessageException if it breaks the contract */
  public static Sampling fromJson(JsonObject json) {
    Fields fields = new Fields(json);
    return new Sampling(
      fields.optionalNumber("temperature"),
      fields.optionalInt("topK"),
      fields.optionalNumber("topP"),
      fields.optionalNumber("minP"),
      fields.optionalNumber("repetitionPenalty"),
      fields.optionalNumber("presencePenalty"),
      fields.optionalNumber("frequencyPenalty"),
      fields.numbersById("logitBias", Limits.LOGIT_BIASES),
      fields.optionalInt("logprobs"),
      fields.integer("seed")
    );
  }
}
