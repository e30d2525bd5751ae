package dev.atrium.stress.figures;

import java.util.ArrayList;
import java.util.List;

/** The latency of each second of a run by itself. Safe for many threads. */
public final class Timeline {

  /** One second. */
  public record Second(long count, double p50Millis, double p99Millis, double maxMillis) {}

  private final List<Second> seconds = new ArrayList<>();
  private Histogram now = new Histogram();

  /** Notes one duration in microseconds in the second that runs. */
  public synchronized void add(long micros) {
    now.add(micros);
  }

  /** The second that runs is over. */
  public synchronized void next() {
    seconds.add(new Second(now.count(), now.millisAt(0.5), now.millisAt(0.99), now.maxMillis()));
    now = new Histogram();
  }

  /** Those that are over, from the first on. */
  public synchronized List<Second> seconds() {
    return List.copyOf(seconds);
  }
}
