package dev.atrium.stress.client;

import java.util.Optional;

/**
 * A place in an answer at which something is done to it: its reader has just been shown so much.
 * Written by the clients' event loop, and by whoever strikes.
 *
 * @see Aims
 */
public final class Point {

  /** Shorter pauses are everyday's. */
  private static final long NOTICEABLE_NANOS = 500_000_000L;

  private final Exchange exchange;
  private final int position;
  private final int length;
  private final String hub;
  private final Optional<String> node;
  private volatile long struckNanos;
  private volatile long againNanos;
  private volatile boolean unmoved = true;

  Point(Exchange exchange, int position, int length, String hub, Optional<String> node) {
    this.exchange = exchange;
    this.position = position;
    this.length = length;
    this.hub = hub;
    this.node = node;
  }

  public Exchange exchange() {
    return exchange;
  }

  /** The code points that were shown. */
  public int position() {
    return position;
  }

  /** The code points that the whole answer has. */
  public int length() {
    return length;
  }

  /** The hub that serves it. */
  public String hub() {
    return hub;
  }

  /** The node that writes it; empty if none has begun. */
  public Optional<String> node() {
    return node;
  }

  /** It was done just now, at {@code nowNanos}. */
  public void struck(long nowNanos) {
    struckNanos = nowNanos;
    exchange.point = this;
  }

  /** From the blow until text moved again, or the end came; 0 if it never stood still, -1 if it still does. */
  public long againMillis() {
    return unmoved ? -1 : againNanos / 1_000_000;
  }

  /**
   * New text came, or the end; the last text had come at {@code lastNanos}. Text that still comes so long
   * after the blow never stood still: later pauses are other blows'.
   */
  void moved(long lastNanos, long nowNanos, boolean end) {
    long since = nowNanos - struckNanos;
    boolean stood = since > 0 && nowNanos - lastNanos >= NOTICEABLE_NANOS;
    if (unmoved && (stood || end || since >= NOTICEABLE_NANOS)) {
      againNanos = stood ? since : 0;
      unmoved = false;
    }
  }
}
