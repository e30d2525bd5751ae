package dev.atrium.inference;

import dev.atrium.engine.EngineEvent;
import dev.atrium.engine.FinishReason;
import dev.atrium.inference.api.Choice;
import dev.atrium.inference.api.GenerationEvent;
import dev.atrium.inference.api.GenerationEvent.Reason;
import dev.atrium.inference.api.InferenceError;
import dev.atrium.inference.api.Limits;
import dev.atrium.inference.api.Usage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The attempts of one engine, and what the engine says about them turned into what their owners hear.
 * Only the engine's thread touches it.
 */
final class Attempts {

  private static final Logger LOG = LoggerFactory.getLogger(Attempts.class);

  private final Map<AttemptKey, Attempt> byKey = new HashMap<>();
  private final Map<String, Answer> bySequence = new HashMap<>();
  private final List<Attempt> failed = new ArrayList<>();

  /** One of the answers of an attempt. */
  private record Answer(Attempt attempt, int choice) {}

  Optional<Attempt> find(AttemptKey key) {
    return Optional.ofNullable(byKey.get(key));
  }

  void add(Attempt attempt) {
    byKey.put(attempt.key, attempt);
    for (Choice choice : attempt.request.choices()) {
      bySequence.put(attempt.key.sequenceId(choice.index()), new Answer(attempt, choice.index()));
    }
  }

  void forget(Attempt attempt) {
    byKey.remove(attempt.key);
    for (Choice choice : attempt.request.choices()) {
      bySequence.remove(attempt.key.sequenceId(choice.index()));
    }
  }

  Collection<Attempt> all() {
    return byKey.values();
  }

  /** Those that have not ended; a copy, so that they may end while it is read. */
  List<Attempt> live() {
    List<Attempt> live = new ArrayList<>();
    for (Attempt attempt : byKey.values()) {
      if (!attempt.ended()) {
        live.add(attempt);
      }
    }
    return live;
  }

  /** Earlier attempts of the same generation that still run here: their owner has given them up. */
  List<Attempt> outdatedBy(AttemptKey key) {
    List<Attempt> outdated = live();
    outdated.removeIf(
      other ->
        !other.key.generationId().equals(key.generationId()) || other.key.attempt() >= key.attempt()
    );
    return outdated;
  }

  /** Those of which one of several answers failed since the last call: nobody waits for the others. */
  List<Attempt> failed() {
    List<Attempt> since = List.copyOf(failed);
    failed.clear();
    return since;
  }

  /** Drops attempts that ended long ago and were never acknowledged. */
  void dropEnded(long now, Duration after) {
    List<Attempt> old = new ArrayList<>(byKey.values());
    old.removeIf(attempt -> !attempt.ended() || attempt.endedFor(now) < after.toNanos());
    for (Attempt attempt : old) {
      LOG.info("{}: forgotten, its end was never acknowledged", attempt.key);
      forget(attempt);
    }
  }

  /** What the engine said, for the owner; text is only gathered. */
  void on(EngineEvent event, long now) {
    Answer answer = bySequence.get(event.sequenceId());
    if (answer == null || answer.attempt.ended()) {
      return;
    }
    Attempt attempt = answer.attempt;
    int choice = answer.choice;
    String id = attempt.key.generationId();
    int n = attempt.key.attempt();
    switch (event) {
      case EngineEvent.Queued(_, int position, Duration wait) -> {
        if (attempt.speaks(choice)) {
          attempt.flush(now);
          long millis = Math.clamp(wait.toMillis(), 0, Limits.DEADLINE_MS);
          attempt.emit(seq -> new GenerationEvent.Queued(id, n, seq, position, millis));
        }
      }
      case EngineEvent.Started(_, int prompt, int cached) -> {
        if (attempt.speaks(choice)) {
          attempt.emit(seq -> new GenerationEvent.Started(id, n, seq, prompt, cached));
        }
      }
      case EngineEvent.Text text -> attempt.add(choice, text);
      case EngineEvent.Finished(_, FinishReason reason, dev.atrium.engine.Usage usage) -> finish(
        answer,
        reason,
        usage,
        now
      );
      case EngineEvent.Failed(_, String code, String message) -> {
        LOG.warn("{}: failed, {}: {}", attempt.key, code, message);
        if (attempt.request.choices().size() > 1) {
          failed.add(attempt);
        }
        fail(
          attempt,
          new InferenceError(InferenceError.ENGINE_FAILED, Map.of("reason", code)),
          now
        );
      }
    }
  }

  void fail(Attempt attempt, InferenceError error, long now) {
    attempt.end(now, seq ->
      new GenerationEvent.Failed(attempt.key.generationId(), attempt.key.attempt(), seq, error)
    );
  }

  private void finish(Answer answer, FinishReason reason, dev.atrium.engine.Usage usage, long now) {
    if (reason == FinishReason.CANCELLED && answer.attempt.cause != null) {
      endByNode(answer, usage, now);
    } else {
      Reason why = switch (reason) {
        case STOP -> Reason.STOP;
        case LENGTH -> Reason.LENGTH;
        case CANCELLED -> Reason.CANCELLED;
      };
      finished(answer, why, usage, now);
    }
  }

  private void endByNode(Answer answer, dev.atrium.engine.Usage usage, long now) {
    Attempt attempt = answer.attempt;
    switch (attempt.cause) {
      case DEADLINE -> finished(answer, Reason.DEADLINE, usage, now);
      case OWNER_LOST, UNACKNOWLEDGED -> fail(
        attempt,
        InferenceError.of(InferenceError.OWNER_LOST),
        now
      );
      case NODE_LEAVING -> fail(attempt, InferenceError.of(InferenceError.NODE_LEAVING), now);
    }
  }

  private static void finished(
    Answer answer,
    Reason reason,
    dev.atrium.engine.Usage usage,
    long now
  ) {
    Attempt attempt = answer.attempt;
    Usage used = new Usage(
      usage.promptTokens(),
      usage.cachedTokens(),
      usage.prefilledTokens(),
      usage.completionTokens()
    );
    if (attempt.finish(answer.choice, reason, used, now)) {
      attempt.end(now, seq ->
        new GenerationEvent.Finished(
          attempt.key.generationId(),
          attempt.key.attempt(),
          seq,
          reason,
          attempt.usage()
        )
      );
    }
  }
}
