package dev.atrium.inference;

import dev.atrium.engine.EngineEvent;
import dev.atrium.engine.FinishReason;
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
  private final Map<String, Attempt> bySequence = new HashMap<>();

  Optional<Attempt> find(AttemptKey key) {
    return Optional.ofNullable(byKey.get(key));
  }

  void add(Attempt attempt) {
    byKey.put(attempt.key, attempt);
    bySequence.put(attempt.key.sequenceId(), attempt);
  }

  void forget(Attempt attempt) {
    byKey.remove(attempt.key);
    bySequence.remove(attempt.key.sequenceId());
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
    Attempt attempt = bySequence.get(event.sequenceId());
    if (attempt == null || attempt.ended()) {
      return;
    }
    String id = attempt.key.generationId();
    int n = attempt.key.attempt();
    switch (event) {
      case EngineEvent.Queued(_, int position, Duration wait) -> {
        attempt.flush(now);
        long millis = Math.clamp(wait.toMillis(), 0, Limits.DEADLINE_MS);
        attempt.emit(seq -> new GenerationEvent.Queued(id, n, seq, position, millis));
      }
      case EngineEvent.Started(_, int prompt, int cached) -> attempt.emit(seq ->
        new GenerationEvent.Started(id, n, seq, prompt, cached)
      );
      case EngineEvent.Text text -> attempt.add(text);
      case EngineEvent.Finished(_, FinishReason reason, dev.atrium.engine.Usage usage) -> finish(
        attempt,
        reason,
        usage,
        now
      );
      case EngineEvent.Failed(_, String code, String message) -> {
        LOG.warn("{}: failed, {}: {}", attempt.key, code, message);
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

  private void finish(
    Attempt attempt,
    FinishReason reason,
    dev.atrium.engine.Usage usage,
    long now
  ) {
    if (reason == FinishReason.CANCELLED && attempt.cause != null) {
      endByNode(attempt, usage, now);
    } else {
      Reason why = switch (reason) {
        case STOP -> Reason.STOP;
        case LENGTH -> Reason.LENGTH;
        case CANCELLED -> Reason.CANCELLED;
      };
      finished(attempt, why, usage, now);
    }
  }

  private void endByNode(Attempt attempt, dev.atrium.engine.Usage usage, long now) {
    switch (attempt.cause) {
      case DEADLINE -> finished(attempt, Reason.DEADLINE, usage, now);
      case OWNER_LOST, UNACKNOWLEDGED -> fail(
        attempt,
        InferenceError.of(InferenceError.OWNER_LOST),
        now
      );
      case NODE_LEAVING -> fail(attempt, InferenceError.of(InferenceError.NODE_LEAVING), now);
    }
  }

  private static void finished(
    Attempt attempt,
    Reason reason,
    dev.atrium.engine.Usage usage,
    long now
  ) {
    Usage used = new Usage(
      usage.promptTokens(),
      usage.cachedTokens(),
      usage.prefilledTokens(),
      usage.completionTokens()
    );
    attempt.end(now, seq ->
      new GenerationEvent.Finished(
        attempt.key.generationId(),
        attempt.key.attempt(),
        seq,
        reason,
        used
      )
    );
  }
}
