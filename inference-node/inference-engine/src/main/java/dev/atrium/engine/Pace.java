package dev.atrium.engine;

import java.time.Duration;

/**
 * How often a place in the batch was given to somebody who waited: what a queue position means in time.
 * Times when nobody waited say nothing about that and are left out.
 */
final class Pace {

  private static final double WEIGHT = 0.2;
  private long since;
  private boolean queued;
  private double interval;

  /** Tells whether anybody waits now. */
  void waiting(boolean some, long now) {
    if (some && !queued) {
      since = now;
    }
    queued = some;
  }

  /** Somebody who waited has a place. */
  void admitted(long now) {
    if (queued) {
      double seen = now - since;
      interval = interval == 0 ? seen : interval + WEIGHT * (seen - interval);
      since = now;
    }
  }

  /** Zero as long as nobody who waited was admitted. */
  Duration estimate(int position, long now) {
    double gone = queued ? Math.min(interval, now - since) : 0;
    return Duration.ofNanos((long) (interval * position - gone));
  }
}
