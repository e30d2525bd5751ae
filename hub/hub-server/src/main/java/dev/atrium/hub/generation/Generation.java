package dev.atrium.hub.generation;

import dev.atrium.hub.conversation.SavedPrompt;
import dev.atrium.inference.api.PromptMessage;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** One running generation of this hub and what belongs to it. Confined to the conductor's context. */
final class Generation {

  private final Guard guard;
  private final Requester requester;
  private final SavedPrompt saved;
  private final String model;
  private final long seed;
  private final Answer answer;
  private GenerationWriter writer;
  private Optional<GenerationRelay> relay = Optional.empty();
  private Optional<List<PromptMessage>> messages = Optional.empty();
  private Optional<String> revision = Optional.empty();
  private boolean stopRequested;
  private boolean leaving;

  Generation(Guard guard, Requester requester, SavedPrompt saved, String model, long seed) {
    this.guard = guard;
    this.requester = requester;
    this.saved = saved;
    this.model = model;
    this.seed = seed;
    this.answer = new Answer(guard.generationId(), guard.epoch());
  }

  UUID id() {
    return guard.generationId();
  }

  Guard guard() {
    return guard;
  }

  Requester requester() {
    return requester;
  }

  SavedPrompt saved() {
    return saved;
  }

  String model() {
    return model;
  }

  /** Drawn once by the hub: with a token's index it fixes the draw on whatever node. */
  long seed() {
    return seed;
  }

  Answer answer() {
    return answer;
  }

  GenerationWriter writer() {
    return writer;
  }

  void writer(GenerationWriter w) {
    writer = w;
  }

  /** The attempt that runs, if one does. */
  Optional<GenerationRelay> relay() {
    return relay;
  }

  void relay(GenerationRelay r) {
    relay = Optional.of(r);
  }

  /** What the first attempt was asked; a later one must be asked exactly the same. */
  Optional<List<PromptMessage>> messages() {
    return messages;
  }

  /** Only this revision may continue the answer, once a token of it was shown. */
  Optional<String> revision() {
    return answer.tokenIds().isEmpty() ? Optional.empty() : revision;
  }

  void placed(Placement placement) {
    messages = Optional.of(placement.messages());
    revision = Optional.of(placement.revision());
  }

  /** Its reader wants it ended. */
  void stop() {
    stopRequested = true;
    relay.ifPresent(GenerationRelay::cancel);
  }

  boolean stopRequested() {
    return stopRequested;
  }

  /** This hub is going away and can't wait any longer. */
  void leave() {
    leaving = true;
    relay.ifPresent(GenerationRelay::cancel);
  }

  boolean leaving() {
    return leaving;
  }
}
