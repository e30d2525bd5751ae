package dev.atrium.hub.auth;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Token buckets of failed attempts by key (an account's name, an address). An attempt is charged
 * before it is made, and given back if it succeeds. Counted in this hub alone: with N hubs an
 * attacker gets N times as much. At most {@value #CAPACITY} keys are remembered; the least recently
 * seen is forgotten, and so starts afresh.
 */
final class AttemptLimiter {

  private static final int CAPACITY = 20_000;

  private final AuthConfig.Allowance allowance;
  private final LongSupplier nanoTime;
  private final Map<String, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true) {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
      return size() > CAPACITY;
    }
  };

  private static final class Bucket {

    double tokens;
    long at;
  }

  /**
   * What became of an attempt.
   *
   * @param retryAfter zero if it may be made
   */
  record Verdict(Duration retryAfter) {
    static final Verdict ALLOWED = new Verdict(Duration.ZERO);

    boolean allowed() {
      return retryAfter.isZero();
    }
  }

  AttemptLimiter(AuthConfig.Allowance allowance, LongSupplier nanoTime) {
    this.allowance = allowance;
    this.nanoTime = nanoTime;
  }

  /** Charges an attempt, or refuses it. */
  synchronized Verdict charge(String key) {
    var bucket = bucket(key);
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return Verdict.ALLOWED;
    }
    var seconds = ((1 - bucket.tokens) * allowance.refill().toMillis()) / 1_000;
    return new Verdict(Duration.ofSeconds(Math.max(1, (long) Math.ceil(seconds - 1e-3))));
  }

  /** Gives back what {@link #charge} took: the attempt succeeded, or was never made. */
  synchronized void giveBack(String key) {
    var bucket = bucket(key);
    bucket.tokens = Math.min(allowance.burst(), bucket.tokens + 1);
  }

  private Bucket bucket(String key) {
    var now = nanoTime.getAsLong();
    var bucket = buckets.computeIfAbsent(key, _ -> {
      var fresh = new Bucket();
      fresh.tokens = allowance.burst();
      fresh.at = now;
      return fresh;
    });
    var refilled = (double) (now - bucket.at) / allowance.refill().toNanos();
    bucket.tokens = Math.min(allowance.burst(), bucket.tokens + refilled);
    bucket.at = now;
    return bucket;
  }
}
