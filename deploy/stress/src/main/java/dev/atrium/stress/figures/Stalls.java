package dev.atrium.stress.figures;

import java.util.ArrayList;
import java.util.List;

/**
 * How long text stood still after each fault. A stream counts as hit by a fault if its text, running
 * before it, paused noticeably right after it; timed is from the fault to the next new text. Used by
 * the clients' thread; faults may come from another.
 */
public final class Stalls {

  /** Shorter pauses are everyday's. */
  private static final long NOTICEABLE_NANOS = 500_000_000L;

  /** One fault and its effect. */
  public static final class AfterFault {

    private final String fault;
    private final long atNanos;
    private final Histogram stood = new Histogram();
    private volatile double socketsBackSeconds;
    private volatile boolean lostSockets;

    AfterFault(String fault, long atNanos) {
      this.fault = fault;
      this.atNanos = atNanos;
    }

    public String fault() {
      return fault;
    }

    public long atNanos() {
      return atNanos;
    }

    /** Durations from the fault to the next text, one for each stream that was hit. */
    public Histogram stood() {
      return stood;
    }

    /** Until every socket was back; 0 if that was not seen. */
    public double socketsBackSeconds() {
      return socketsBackSeconds;
    }

    /** Whether a socket was lost since. */
    public boolean lostSockets() {
      return lostSockets;
    }

    public void socketsAway() {
      lostSockets = true;
    }

    public void socketsBack(long nowNanos) {
      socketsBackSeconds = (nowNanos - atNanos) / 1e9;
    }
  }

  private final List<AfterFault> faults = new ArrayList<>();

  /** A fault happens now. */
  public synchronized AfterFault fault(String what, long nowNanos) {
    AfterFault fault = new AfterFault(what, nowNanos);
    faults.add(fault);
    return fault;
  }

  public synchronized List<AfterFault> all() {
    return List.copyOf(faults);
  }

  /** New text came to a stream whose last text had come at {@code lastNanos}. */
  public synchronized void text(long lastNanos, long nowNanos) {
    if (nowNanos - lastNanos < NOTICEABLE_NANOS) {
      return;
    }
    for (AfterFault fault : faults) {
      // The last text may have been read a little after the fault: it was on its way.
      boolean afterLastText = fault.atNanos() - lastNanos > -NOTICEABLE_NANOS;
      if (afterLastText && nowNanos - fault.atNanos() > 0) {
        fault.stood().add((nowNanos - fault.atNanos()) / 1_000);
        return;
      }
    }
  }
}
