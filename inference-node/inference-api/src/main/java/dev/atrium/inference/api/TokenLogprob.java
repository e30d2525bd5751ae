package dev.atrium.inference.api;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * How likely the model found a token, before temperature, penalties, biases and filters.
 *
 * @param logprob natural logarithm of its probability, 0 or less
 * @param alternatives the likeliest tokens in its place, best first; those have none themselves
 */
public record TokenLogprob(int id, double logprob, List<TokenLogprob> alternatives) {
  public TokenLogprob {
    Check.within("id", id, 0, Integer.MAX_VALUE);
    // What rounding makes of a certain token may lie a little above 0.
    Check.within("logprob", logprob, -Double.MAX_VALUE, 1e-6);
    alternatives = Check.list("alternatives", alternatives, 0, Limits.ALTERNATIVES);
  }

  JsonObject toJson() {
    JsonObject json = new JsonObject().put("id", id).put("logprob", logprob);
    if (!alternatives.isEmpty()) {
      JsonArray others = Json.array(alternatives, TokenLogprob::toJson);
      json.put("alternatives", others);
    }
    return json;
  }

  /** @throws BadMessageException if it breaks the contract */
  static TokenLogprob fromJson(JsonObject json) {
    Fields fields = new Fields(json);
    return new TokenLogprob(
      fields.int32("id"),
      fields.number("logprob"),
      fields.optionalObjects("alternatives", Limits.ALTERNATIVES, other -> {
        Fields of = new Fields(other);
        return new TokenLogprob(of.int32("id"), of.number("logprob"), List.of());
      })
    );
  }
}
