package dev.atrium.engine.text;

import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What a model's makers recommend for sampling ({@code generation_config.json}); empty where they
 * say nothing.
 *
 * @param sample false if they recommend greedy decoding (the absence of a recommendation is true)
 */
public record GenerationDefaults(
  boolean sample,
  OptionalDouble temperature,
  OptionalInt topK,
  OptionalDouble topP,
  OptionalDouble minP,
  OptionalDouble repetitionPenalty
) {
  public static final GenerationDefaults NONE = new GenerationDefaults(
    true,
    OptionalDouble.empty(),
    OptionalInt.empty(),
    OptionalDouble.empty(),
    OptionalDouble.empty(),
    OptionalDouble.empty()
  );

  /** Always the likeliest token. */
  public static final GenerationDefaults GREEDY = new GenerationDefaults(
    false,
    OptionalDouble.empty(),
    OptionalInt.empty(),
    OptionalDouble.empty(),
    OptionalDouble.empty(),
    OptionalDouble.empty()
  );
}
