package dev.atrium.hub.admission;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * A bucket of tokens for each user (RFC 2697 in its simplest form): so many at once, refilled at a
 * steady rate. Remembers a bounded number of users; whoever is forgotten has a full bucket again.
 */
final class RateLimit {

  private static final int MOST_USERS = 100_000;

  private final double burst;
  private final double perSecond;
  private final Map<UUID, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true) {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<UUID, Bucket> eldest) {
      return size() > MOST_USERS;
    }
  };

  private record Bucket(double tokens, long atNanos) {}

  RateLimit(int burst, double perSecond) {
    this.burst = burst;
    this.perSecond = perSecond;
  }

  /** Takes one token and returns 0, or returns the seconds until there is one. */
  synchronized int take(UUID user, long nowNanos) {
    Bucket before = buckets.get(user);
    double tokens = before == null
      ? burst
      : Math.min(burst, before.tokens + ((nowNanos - before.atNanos) / 1e9) * perSecond);
    boolean ok = tokens >= 1;
    buckets.put(user, new Bucket(ok ? tokens - 1 : tokens, nowNanos));
    return ok ? 0 : (int) Math.ceil((1 - tokens) / perSecond);
  }
}
