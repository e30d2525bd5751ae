package dev.atrium.inference;

import dev.atrium.engine.Party;
import dev.atrium.engine.PreparedPrompt;
import dev.atrium.engine.SamplingParams;
import dev.atrium.engine.SequenceRequest;
import dev.atrium.engine.grammar.Grammar;
import dev.atrium.engine.text.GenerationDefaults;
import dev.atrium.inference.api.Choice;
import dev.atrium.inference.api.GenerateRequest;
import dev.atrium.inference.api.Sampling;
import java.util.List;
import java.util.Optional;

/** What a hub asks for, in the engine's words; what it left open, the model's makers decide. */
final class Sequences {

  private Sequences() {}

  /** One for each of the answers. */
  static List<SequenceRequest> of(
    AttemptKey key,
    GenerateRequest request,
    PreparedPrompt prompt,
    GenerationDefaults defaults
  ) {
    SamplingParams sampling = sampling(request.sampling(), defaults, prompt.grammar());
    return request
      .choices()
      .stream()
      .map(choice -> of(key, request, choice, prompt, sampling))
      .toList();
  }

  private static SequenceRequest of(
    AttemptKey key,
    GenerateRequest request,
    Choice choice,
    PreparedPrompt prompt,
    SamplingParams sampling
  ) {
    return new SequenceRequest(
      key.sequenceId(choice.index()),
      prompt.ids(),
      choice.continueIds().stream().mapToInt(Integer::intValue).toArray(),
      sampling.forChoice(choice.index()),
      Math.min(request.maxNewTokens(), prompt.maxNewTokens()),
      request.stop(),
      request.allowThrough(),
      0,
      request.party().map(Sequences::party).orElse(Party.NONE),
      prompt.publishedTokens(),
      prompt.reply()
    );
  }

  private static Party party(dev.atrium.inference.api.Party who) {
    return new Party(who.department(), who.user());
  }

  static SamplingParams sampling(
    Sampling asked,
    GenerationDefaults defaults,
    Optional<Grammar> grammar
  ) {
    SamplingParams recommended = SamplingParams.recommended(defaults, asked.seed());
    return new SamplingParams(
      asked.temperature().orElse(recommended.temperature()),
      asked.topK().orElse(recommended.topK()),
      asked.topP().orElse(recommended.topP()),
      asked.minP().orElse(recommended.minP()),
      asked.repetitionPenalty().orElse(recommended.repetitionPenalty()),
      asked.presencePenalty().orElse(0),
      asked.frequencyPenalty().orElse(0),
      asked.logitBias(),
      asked.logprobs(),
      grammar,
      asked.seed()
    );
  }
}
