package dev.atrium.engine.cli;

import dev.atrium.engine.SamplingParams;
import dev.atrium.engine.text.GenerationDefaults;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Option;

/** How tokens are drawn. What is not said, the model's generation_config.json says. */
final class SamplingOptions {

  @Option(names = "--temperature", paramLabel = "T", description = "0 is greedy.")
  private Double temperature;

  @Option(names = "--top-k", paramLabel = "K", description = "Only the K likeliest; 0 is off.")
  private Integer topK;

  @Option(
    names = "--top-p",
    paramLabel = "P",
    description = "Only the likeliest that reach this probability together; 1 is off."
  )
  private Double topP;

  @Option(
    names = "--min-p",
    paramLabel = "P",
    description = "Only those this share as likely as the likeliest; 0 is off."
  )
  private Double minP;

  @Option(
    names = "--repetition-penalty",
    paramLabel = "X",
    description = "Divides the logits of tokens of prompt and answer; 1 is off."
  )
  private Double repetitionPenalty;

  @Option(
    names = "--presence-penalty",
    paramLabel = "X",
    defaultValue = "0",
    description = "What a token of the answer loses, once (default: ${DEFAULT-VALUE})."
  )
  private double presencePenalty;

  @Option(
    names = "--frequency-penalty",
    paramLabel = "X",
    defaultValue = "0",
    description = "What it loses each time that it was there (default: ${DEFAULT-VALUE})."
  )
  private double frequencyPenalty;

  @Option(
    names = "--logit-bias",
    paramLabel = "ID=X",
    split = ",",
    description = "What is added to the logit of a token (repeatable)."
  )
  private Map<Integer, Double> logitBias = Map.of();

  @Option(
    names = "--logprobs",
    paramLabel = "N",
    description = "Tells each token as a line of JSON, with its log-probability and N alternatives."
  )
  private Integer logprobs;

  @Option(
    names = "--seed",
    paramLabel = "N",
    defaultValue = "0",
    description = "The same seed, the same answer (default: ${DEFAULT-VALUE})."
  )
  private long seed;

  /** @throws IllegalArgumentException if a value is out of its bounds */
  SamplingParams over(GenerationDefaults defaults) {
    SamplingParams base = SamplingParams.recommended(defaults, seed);
    return new SamplingParams(
      Objects.requireNonNullElse(temperature, base.temperature()),
      Objects.requireNonNullElse(topK, base.topK()),
      Objects.requireNonNullElse(topP, base.topP()),
      Objects.requireNonNullElse(minP, base.minP()),
      Objects.requireNonNullElse(repetitionPenalty, base.repetitionPenalty()),
      presencePenalty,
      frequencyPenalty,
      logitBias,
      logprobs == null ? OptionalInt.empty() : OptionalInt.of(logprobs),
      Optional.empty(),
      seed
    );
  }
}
