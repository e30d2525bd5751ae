package dev.atrium.inference;

import dev.atrium.engine.EngineEvent;
import dev.atrium.engine.reply.ReplyPart;
import dev.atrium.inference.api.AnswerPart;
import dev.atrium.inference.api.GenerationEvent.Delta;
import dev.atrium.inference.api.TokenLogprob;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What came of one answer and waits to be sent in one delta. */
final class Gathered {

  private final int choice;
  private final boolean apart;
  private final StringBuilder text = new StringBuilder();
  private final List<Integer> tokenIds = new ArrayList<>();
  private final List<TokenLogprob> logprobs = new ArrayList<>();
  private final Parts parts = new Parts();
  private long sentAt;

  /** @param apart whether the answer is taken apart */
  Gathered(int choice, boolean apart, long now) {
    this.choice = choice;
    this.apart = apart;
    // Long enough ago that the first text goes out at once: it is what somebody waits for.
    this.sentAt = now - 3_600_000_000_000L;
  }

  /** Of which answer. */
  int choice() {
    return choice;
  }

  void add(EngineEvent.Text more) {
    text.append(more.text());
    for (int id : more.tokenIds()) {
      tokenIds.add(id);
    }
    for (dev.atrium.engine.TokenLogprob token : more.logprobs()) {
      logprobs.add(onTheBus(token));
    }
    for (ReplyPart part : more.parts()) {
      parts.add(part);
    }
  }

  private static TokenLogprob onTheBus(dev.atrium.engine.TokenLogprob token) {
    return new TokenLogprob(
      token.id(),
      token.logprob(),
      token
        .alternatives()
        .stream()
        .map(other -> new TokenLogprob(other.id(), other.logprob(), List.of()))
        .toList()
    );
  }

  boolean isEmpty() {
    return tokenIds.isEmpty() && text.isEmpty() && parts.isEmpty();
  }

  boolean due(long now, long mergeNanos) {
    return !isEmpty() && now - sentAt >= mergeNanos;
  }

  /** Takes all of it out. */
  Attempt.Numbered take(AttemptKey key, long now) {
    String whole = text.toString();
    List<Integer> ids = List.copyOf(tokenIds);
    List<TokenLogprob> likely = List.copyOf(logprobs);
    List<AnswerPart> taken = parts.take();
    // What is all answer, as nearly everything is, need not be said twice.
    boolean plain = !apart || taken.equals(List.of(new AnswerPart.Answer(whole)));
    Optional<List<AnswerPart>> told = plain ? Optional.empty() : Optional.of(taken);
    text.setLength(0);
    tokenIds.clear();
    logprobs.clear();
    sentAt = now;
    return seq ->
      new Delta(key.generationId(), key.attempt(), seq, choice, whole, ids, likely, told);
  }
}
