package dev.atrium.hub.auth;

import dev.atrium.policy.PasswordHasher;
import java.time.Duration;

/**
 * How sign-in behaves.
 *
 * @param accessTtl life of an access token
 * @param refreshTtl life of a session that nobody uses
 * @param refreshGrace how long a replaced refresh token is still good
 * @param callerCache how long a caller is believed without asking the database
 * @param perAccount failed attempts on one name
 * @param perAddress failed attempts from one address
 * @param waitingHashes most passwords that wait to be hashed
 * @param hashCost what one hash costs
 */
public record AuthConfig(
  Duration accessTtl,
  Duration refreshTtl,
  Duration refreshGrace,
  Duration callerCache,
  Allowance perAccount,
  Allowance perAddress,
  int waitingHashes,
  PasswordHasher.Cost hashCost
) {
  /**
   * A bucket of attempts.
   *
   * @param burst how many may fail at once
   * @param refill time until one more is allowed
   */
  public record Allowance(int burst, Duration refill) {
    public Allowance {
      if (burst < 1 || refill.toMillis() < 1) {
        throw new IllegalArgumentException("burst and refill must be positive");
      }
    }
  }

  public AuthConfig {
    if (accessTtl.toSeconds() < 1 || refreshTtl.compareTo(accessTtl) < 0 || waitingHashes < 1) {
      throw new IllegalArgumentException("lives and queue must be positive, refresh the longest");
    }
  }

  /** 10 minutes, 30 days, 30 s; 10 failures an account, 50 an address; 16 waiting hashes. */
  public static AuthConfig defaults() {
    return new AuthConfig(
      Duration.ofMinutes(10),
      Duration.ofDays(30),
      Duration.ofSeconds(30),
      Duration.ofSeconds(2),
      new Allowance(10, Duration.ofSeconds(30)),
      new Allowance(50, Duration.ofSeconds(3)),
      16,
      PasswordHasher.Cost.STANDARD
    );
  }

  /** The same, with passwords that cost this much. */
  public AuthConfig withHashCost(PasswordHasher.Cost cost) {
    return new AuthConfig(
      accessTtl,
      refreshTtl,
      refreshGrace,
      callerCache,
      perAccount,
      perAddress,
      waitingHashes,
      cost
    );
  }
}
