package dev.atrium.engine.model;

import static dev.atrium.engine.model.ModelConfig.number;
import static dev.atrium.engine.model.ModelConfig.unsupported;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** What a {@code config.json} says about the turning of queries and keys to their positions. */
final class RopeConfig {

  private RopeConfig() {}

  /**
   * @param usualTheta the base that is meant where none is named
   * @throws ModelLoadException if a number is missing or the kind of scaling is not built
   */
  static Rope read(JsonNode json, double usualTheta) {
    // The word was rope_scaling, with the base beside it, until transformers 5.
    JsonNode parameters = json.path("rope_parameters");
    JsonNode scaling = parameters.isObject() ? parameters : json.path("rope_scaling");
    double theta = number(parameters, "rope_theta", number(json, "rope_theta", usualTheta));
    for (JsonNode holder : List.of(json, scaling)) {
      if (number(holder, "partial_rotary_factor", 1) != 1) {
        throw unsupported("partial_rotary_factor " + holder.path("partial_rotary_factor"));
      }
    }
    boolean plain = scaling.isMissingNode() || scaling.isNull();
    return new Rope(theta, plain ? new Rope.Scaling.None() : scaling(json, scaling));
  }

  private static Rope.Scaling scaling(JsonNode json, JsonNode scaling) {
    String kind = scaling.path("rope_type").asText(scaling.path("type").asText(""));
    return switch (kind) {
      case "default" -> new Rope.Scaling.None();
      case "linear" -> new Rope.Scaling.Linear(number(scaling, "factor"));
      case "llama3" -> new Rope.Scaling.Llama3(
        number(scaling, "factor"),
        number(scaling, "low_freq_factor"),
        number(scaling, "high_freq_factor"),
        ModelConfig.size(scaling, "original_max_position_embeddings")
      );
      case "yarn" -> yarn(json, scaling);
      default -> throw unsupported("rope_scaling '" + (kind.isEmpty() ? scaling : kind) + "'");
    };
  }

  private static Rope.Scaling yarn(JsonNode json, JsonNode scaling) {
    for (String word : List.of("mscale", "mscale_all_dim")) {
      if (scaling.hasNonNull(word)) {
        throw unsupported(word + " in rope_scaling 'yarn'");
      }
    }
    String original = "original_max_position_embeddings";
    double factor = number(scaling, "factor");
    return new Rope.Scaling.Yarn(
      factor,
      scaling.hasNonNull(original)
        ? ModelConfig.size(scaling, original)
        : ModelConfig.size(json, "max_position_embeddings"),
      number(scaling, "beta_fast", 32),
      number(scaling, "beta_slow", 1),
      number(scaling, "attention_factor", Rope.Scaling.Yarn.recommendedAmplitude(factor)),
      scaling.path("truncate").asBoolean(true)
    );
  }
}
