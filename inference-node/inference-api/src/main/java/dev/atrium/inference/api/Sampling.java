package dev.atrium.inference.api;

import io.vertx.core.json.JsonObject;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * How the next token is drawn. What is left out, the model's own generation_config decides.
 *
 * @param temperature 0 to 2; 0 is greedy
 * @param topK 0 is off
 * @param topP above 0 to 1; 1 is off
 * @param seed drawn by the hub; with the token's index it fixes the draw, so that another node can
 *     continue the same answer
 */
public record Sampling(
  OptionalDouble temperature,
  OptionalInt topK,
  OptionalDouble topP,
  long seed
) {
  public Sampling {
    temperature.ifPresent(t -> Check.within("temperature", t, 0.0, 2.0));
    topK.ifPresent(k -> Check.within("topK", k, 0, Limits.TOKENS));
    topP.ifPresent(p -> Check.within("topP", p, Double.MIN_VALUE, 1.0));
  }

  /** Everything but the seed as the model's own configuration says. */
  public static Sampling defaults(long seed) {
    return new Sampling(OptionalDouble.empty(), OptionalInt.empty(), OptionalDouble.empty(), seed);
  }

  /** Always the likeliest token. */
  public static Sampling greedy() {
    return new Sampling(OptionalDouble.of(0), OptionalInt.of(0), OptionalDouble.of(1), 0);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    temperature.ifPresent(value -> json.put("temperature", value));
    topK.ifPresent(value -> json.put("topK", value));
    topP.ifPresent(value -> json.put("topP", value));
    return json.put("seed", seed);
  }

  /** @throws BadMessageException if it breaks the contract */
  public static Sampling fromJson(JsonObject json) {
    Fields fields = new Fields(json);
    return new Sampling(
      fields.optionalNumber("temperature"),
      fields.optionalInt("topK"),
      fields.optionalNumber("topP"),
      fields.integer("seed")
    );
  }
}
