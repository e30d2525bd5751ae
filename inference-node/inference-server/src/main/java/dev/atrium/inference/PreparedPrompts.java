package dev.atrium.inference;

import dev.atrium.engine.PreparedPrompt;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Prompts between prepare and generate. Each is kept for a while, and only so many tokens of them:
 * what is full refuses, it never throws out what somebody was promised. Any thread.
 */
final class PreparedPrompts {

  private final Map<AttemptKey, Kept> kept = new LinkedHashMap<>();
  private final long ttlNanos;
  private final long maxTokens;
  private final LongSupplier nanoTime;
  private long tokens;

  private record Kept(PreparedPrompt prompt, long until) {}

  PreparedPrompts(long ttlMillis, long maxTokens, LongSupplier nanoTime) {
    this.ttlNanos = ttlMillis * 1_000_000;
    this.maxTokens = maxTokens;
    this.nanoTime = nanoTime;
  }

  /** Keeps a prompt, in place of an earlier one of the same attempt; false if there is no room. */
  synchronized boolean keep(AttemptKey key, PreparedPrompt prompt) {
    expire();
    remove(key);
    if (tokens + prompt.ids().length > maxTokens) {
      return false;
    }
    kept.put(key, new Kept(prompt, nanoTime.getAsLong() + ttlNanos));
    tokens += prompt.ids().length;
    return true;
  }

  /** Takes the prompt out, if it is still there. */
  synchronized Optional<PreparedPrompt> take(AttemptKey key) {
    expire();
    return remove(key);
  }

  /** Forgets what nobody came for in time. */
  synchronized void expire() {
    long now = nanoTime.getAsLong();
    // Insertion order is order of expiry, as all are kept equally long.
    var oldest = kept.values().iterator();
    while (oldest.hasNext()) {
      Kept next = oldest.next();
      if (next.until - now > 0) {
        return;
      }
      tokens -= next.prompt.ids().length;
      oldest.remove();
    }
  }

  private Optional<PreparedPrompt> remove(AttemptKey key) {
    Kept was = kept.remove(key);
    if (was == null) {
      return Optional.empty();
    }
    tokens -= was.prompt.ids().length;
    return Optional.of(was.prompt);
  }
}
