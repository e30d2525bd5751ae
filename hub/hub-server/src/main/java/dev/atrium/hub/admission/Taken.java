package dev.atrium.hub.admission;

import java.time.Duration;

/** What became of the wish to take something from the rate limits. */
public sealed interface Taken {
  /**
   * It was taken.
   *
   * @param slot the database's number of the moment, for giving back what is not used
   */
  record Now(long slot) implements Taken {}

  /** Nothing was taken. After so long it may be, if others leave enough. */
  record Later(Duration after) implements Taken {}

  /** It is more than this limit has for a whole minute. */
  record Never(long perMinute) implements Taken {}
}
