package dev.atrium.inference;

import dev.atrium.engine.EngineEvent;
import dev.atrium.inference.api.AnswerPart;
import dev.atrium.inference.api.GenerateRequest;
import dev.atrium.inference.api.GenerationEvent;
import dev.atrium.inference.api.GenerationEvent.Delta;
import dev.atrium.inference.api.TokenLogprob;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;

/**
 * One attempt as its engine's thread sees it: who owns it, the events numbered so far and not yet
 * acknowledged, and text that waits to be merged. Only that thread touches it.
 */
final class Attempt {

  /** Why the node itself ends an attempt that the engine would go on with. */
  enum Cause {
    DEADLINE,
    OWNER_LOST,
    NODE_LEAVING,
    UNACKNOWLEDGED,
  }

  /** Makes an event once its number is known. */
  interface Numbered {
    GenerationEvent at(long seq);
  }

  final AttemptKey key;
  final GenerateRequest request;
  final long deadlineAt;
  private final EventSink sink;
  private final Deque<GenerationEvent> kept = new ArrayDeque<>();
  private final StringBuilder text = new StringBuilder();
  private final List<Integer> tokenIds = new ArrayList<>();
  private final List<TokenLogprob> logprobs = new ArrayList<>();
  private final Parts parts = new Parts();
  private String owner;
  private long heardAt;
  private long sentTextAt;
  private long lastSeq;
  private OptionalLong endedAt = OptionalLong.empty();
  Cause cause;

  Attempt(GenerateRequest request, EventSink sink, long now) {
    this.key = new AttemptKey(request.generationId(), request.attempt());
    this.request = request;
    this.owner = request.owner();
    this.sink = sink;
    this.deadlineAt = now + request.deadlineMs() * 1_000_000;
    this.heardAt = now;
    // Long enough ago that the first text goes out at once: it is what somebody waits for.
    this.sentTextAt = now - 3_600_000_000_000L;
  }

  void heard(long now) {
    heardAt = now;
  }

  long silentFor(long now) {
    return now - heardAt;
  }

  void adopt(String newOwner) {
    owner = newOwner;
  }

  boolean ended() {
    return endedAt.isPresent();
  }

  long endedFor(long now) {
    return now - endedAt.orElse(now);
  }

  int keptEvents() {
    return kept.size();
  }

  /** Gathers text for the next delta. */
  void add(EngineEvent.Text more) {
    text.append(more.text());
    for (int id : more.tokenIds()) {
      tokenIds.add(id);
    }
    more.logprobs().forEach(token -> logprobs.add(onTheBus(token)));
    more.parts().forEach(parts::add);
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

  boolean textDue(long now, long mergeNanos) {
    return gathered() && now - sentTextAt >= mergeNanos;
  }

  private boolean gathered() {
    return !tokenIds.isEmpty() || !text.isEmpty() || !parts.isEmpty();
  }

  /** Sends what was gathered, if anything was. */
  void flush(long now) {
    if (gathered()) {
      String whole = text.toString();
      List<Integer> ids = List.copyOf(tokenIds);
      text.setLength(0);
      List<TokenLogprob> told = List.copyOf(logprobs);
      List<AnswerPart> taken = parts.take();
      tokenIds.clear();
      logprobs.clear();
      sentTextAt = now;
      emit(seq -> new Delta(key.generationId(), key.attempt(), seq, whole, ids, told, taken));
    }
  }

  /** Sends the last event, after all text. */
  void end(long now, Numbered last) {
    flush(now);
    emit(last);
    endedAt = OptionalLong.of(now);
  }

  void emit(Numbered event) {
    GenerationEvent numbered = event.at(++lastSeq);
    kept.add(numbered);
    sink.send(owner, numbered);
  }

  void replay(long fromSeq) {
    for (GenerationEvent event : kept) {
      if (event.seq() >= fromSeq) {
        sink.send(owner, event);
      }
    }
  }

  /** Lets go of events; true if the whole attempt may be forgotten. */
  boolean acknowledge(long durableSeq) {
    while (!kept.isEmpty() && kept.peek().seq() <= durableSeq) {
      kept.remove();
    }
    return ended() && kept.isEmpty();
  }
}
