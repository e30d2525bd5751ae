package dev.atrium.engine;

import java.time.Duration;

/** How often a place in the batch became free lately: what a queue position means in time. */
final class Pace {

  private static final double WEIGHT = 0.2;
  private long last = System.nanoTime();
  private double interval;

  void admitted() {
    long now = System.nanoTime();
    double seen = now - last;
    last = now;
    interval = interval == 0 ? seen : interval + WEIGHT * (seen - interval);
  }

  /** Zero as long as nobody was admitted. */
  Duration estimate(int position) {
    return Duration.ofNanos((long) (interval * position));
  }
}
