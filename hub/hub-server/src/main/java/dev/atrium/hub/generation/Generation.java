package dev.atrium.hub.generation;

import dev.atrium.api.HubFrame;
import dev.atrium.hub.conversation.SavedPrompt;
import dev.atrium.hub.conversation.StoredAnswer;
import dev.atrium.inference.api.PromptMessage;
import dev.atrium.policy.sensitive.Pseudonyms;
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
  private final Pseudonyms pseudonyms;
  private final Answer answer;
  private GenerationWriter writer;
  private Optional<GenerationRelay> relay = Optional.empty();
  private Optional<List<PromptMessage>> messages = Optional.empty();
  private Optional<String> revision = Optional.empty();
  private Optional<Restart> restart = Optional.empty();
  private int trimmedMessages;
  private int attempts;
  private boolean stopRequested;
  private boolean userDisabled;
  private boolean leaving;
  private boolean fenced;
  private boolean concluded;

  /** A new one. */
  Generation(
    Guard guard,
    Requester requester,
    SavedPrompt saved,
    String model,
    long seed,
    Pseudonyms pseudonyms
  ) {
    this(
      guard,
      requester,
      saved,
      model,
      seed,
      pseudonyms,
      new Answer(guard.generationId(), guard.epoch(), pseudonyms)
    );
  }

  private Generation(
    Guard guard,
    Requester requester,
    SavedPrompt saved,
    String model,
    long seed,
    Pseudonyms pseudonyms,
    Answer answer
  ) {
    this.guard = guard;
    this.requester = requester;
    this.saved = saved;
    this.model = model;
    this.seed = seed;
    this.pseudonyms = pseudonyms;
    this.answer = answer;
  }

  /** One that another hub began, with what is stored of its answer. */
  static Generation adopted(Orphan orphan, StoredAnswer stored, Pseudonyms pseudonyms) {
    Generation g = new Generation(
      orphan.guard(),
      orphan.requester(),
      orphan.saved(),
      orphan.model(),
      orphan.seed(),
      pseudonyms,
      Answer.adopted(orphan.guard(), stored, pseudonyms, orphan.restart())
    );
    g.revision = orphan.revision();
    g.trimmedMessages = orphan.trimmedMessages();
    g.attempts = orphan.attempts();
    g.stopRequested = orphan.stopRequested();
    return g;
  }

  UUID id() {
    return guard.generationId();
  }

  Guard guard() {
    return guard;
  }

  /** What its readers are told while it waits for another attempt. */
  HubFrame.Recovering recovering(HubFrame.Cause cause) {
    return new HubFrame.Recovering(id(), guard.epoch(), cause);
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

  /** What the model sees in place of what; the same for every attempt, on whatever hub. */
  Pseudonyms pseudonyms() {
    return pseudonyms;
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

  /** What the prompt was, for an answer whose first attempt this hub did not see. */
  void history(History whole) {
    if (attempts > 0 && messages.isEmpty()) {
      messages = Optional.of(whole.without(trimmedMessages));
    }
  }

  /** Messages that did not fit, out of the whole history. */
  int trimmed(int wholeHistory) {
    return messages.map(kept -> wholeHistory - kept.size()).orElse(0);
  }

  /** Attempts that were begun. */
  int attempts() {
    return attempts;
  }

  int nextAttempt() {
    return attempts + 1;
  }

  void begun(int attempt) {
    attempts = attempt;
  }

  /** Hub and node were lost together: the next attempt notes what older readers may keep. */
  void restarted(Restart at) {
    restart = Optional.of(at);
  }

  Optional<Restart> restart() {
    return restart;
  }

  /** Its reader wants it ended. */
  void stop() {
    stopRequested = true;
    relay.ifPresent(GenerationRelay::cancel);
  }

  /** Its user is disabled: it ends as if stopped, and the audit says why. */
  void disown() {
    userDisabled = true;
    stop();
  }

  boolean userDisabled() {
    return userDisabled;
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

  /** Nothing more may be written; in most cases because another hub owns it by now. */
  void fence(Throwable cause) {
    fenced |= cause instanceof FencedException;
    relay.ifPresent(r -> r.fenced(cause));
  }

  /** This hub leaves and another will take over what is running here. */
  void handOver() {
    fenced = true;
    var _ = writer.close();
    relay.ifPresent(GenerationRelay::handOver);
  }

  /** Whether another hub goes on with it. Never once its end is stored: then nobody does. */
  boolean fenced() {
    return fenced && !concluded;
  }

  /** This hub has stored its end, and tells it. */
  void concluded() {
    concluded = true;
  }
}
