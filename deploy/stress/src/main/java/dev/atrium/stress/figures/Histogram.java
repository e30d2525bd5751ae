package dev.atrium.stress.figures;

import java.util.Arrays;

/**
 * How often which duration occurred, in buckets that are 2 % wide or less: enough for percentiles, at
 * a fixed size. Safe for many threads.
 */
public final class Histogram {

  private static final int PER_OCTAVE = 36;
  private static final int BUCKETS = 40 * PER_OCTAVE;

  private final long[] counts = new long[BUCKETS];
  private long count;
  private long max;

  /** Notes one duration in microseconds. */
  public synchronized void add(long micros) {
    counts[bucket(micros)]++;
    count++;
    max = Math.max(max, micros);
  }

  /** Forgets all of them. */
  public synchronized void clear() {
    Arrays.fill(counts, 0);
    count = 0;
    max = 0;
  }

  public synchronized long count() {
    return count;
  }

  /** The longest, in milliseconds. */
  public synchronized double maxMillis() {
    return max / 1000.0;
  }

  /** The duration in milliseconds that this share of all did not exceed; 0 if there is none. */
  public synchronized double millisAt(double share) {
    long rank = (long) Math.ceil(share * count);
    long seen = 0;
    for (int i = 0; i < BUCKETS; i++) {
      seen += counts[i];
      if (seen >= rank && seen > 0) {
        return Math.min(Math.pow(2, (i + 1.0) / PER_OCTAVE), (double) max) / 1000.0;
      }
    }
    return 0;
  }

  private static int bucket(long micros) {
    double octaves = Math.log((double) Math.max(1, micros)) / Math.log(2);
    return (int) Math.min(BUCKETS - 1, octaves * PER_OCTAVE);
  }
}
