package dev.atrium.inference;

import dev.atrium.engine.EngineEvent;
import dev.atrium.inference.api.Choice;
import dev.atrium.inference.api.GenerateRequest;
import dev.atrium.inference.api.GenerationEvent;
import dev.atrium.inference.api.GenerationEvent.ChoiceFinished;
import dev.atrium.inference.api.GenerationEvent.Reason;
import dev.atrium.inference.api.Usage;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * One attempt as its engine's thread sees it: who owns it, the events numbered so far and not yet
 * acknowledged, and text of its answers that waits to be merged. Only that thread touches it.
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
  /** What waits of each of its answers, in the order of their indexes. */
  private final List<Gathered> gathered;
  private final Map<Integer, Usage> finished = new HashMap<>();
  private String owner;
  private long heardAt;
  private long lastSeq;
  private OptionalLong endedAt = OptionalLong.empty();
  Cause cause;

  /** @param apart whether its answers are taken apart */
  Attempt(GenerateRequest request, boolean apart, EventSink sink, long now) {
    this.key = new AttemptKey(request.generationId(), request.attempt());
    this.request = request;
    this.owner = request.owner();
    this.sink = sink;
    this.deadlineAt = now + request.deadlineMs() * 1_000_000;
    this.heardAt = now;
    this.gathered = request
      .choices()
      .stream()
      .map(Choice::index)
      .sorted()
      .map(choice -> new Gathered(choice, apart, now))
      .toList();
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

  /** Whose place in the queue and whose start are told: one stands for all. */
  boolean speaks(int choice) {
    return choice == request.choices().getFirst().index();
  }

  /** Gathers text for the next delta. */
  void add(int choice, EngineEvent.Text more) {
    for (Gathered each : gathered) {
      if (each.choice() == choice) {
        each.add(more);
      }
    }
  }

  /** Sends what was gathered for so long, if anything was. */
  void flushDue(long now, long mergeNanos) {
    for (Gathered each : gathered) {
      if (each.due(now, mergeNanos)) {
        emit(each.take(key, now));
      }
    }
  }

  /** Sends what was gathered, if anything was. */
  void flush(long now) {
    flushDue(now, Long.MIN_VALUE);
  }

  /**
   * One of the answers has ended.
   *
   * @return whether it was the last
   */
  boolean finish(int choice, Reason reason, Usage usage, long now) {
    flush(now);
    finished.put(choice, usage);
    if (request.choices().size() > 1) {
      emit(seq ->
        new ChoiceFinished(key.generationId(), key.attempt(), seq, choice, reason, usage)
      );
    }
    return finished.size() == request.choices().size();
  }

  /** Of all answers that have ended together; the prompt counts once. */
  Usage usage() {
    return finished
      .values()
      .stream()
      .reduce((one, other) ->
        new Usage(
          one.promptTokens(),
          Math.min(one.cachedTokens(), other.cachedTokens()),
          one.prefilledTokens() + other.prefilledTokens(),
          one.completionTokens() + other.completionTokens()
        )
      )
      .orElseThrow();
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
