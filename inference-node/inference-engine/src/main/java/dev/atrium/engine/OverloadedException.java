package dev.atrium.engine;

/** The waiting queue is full: the request was not taken, and another node may take it. */
public class OverloadedException extends RuntimeException {

  private static final long serialVersionUID = 1L;
  private final int waiting;

  public OverloadedException(int waiting) {
    super(waiting + " requests are waiting already");
    this.waiting = waiting;
  }

  public int waiting() {
    return waiting;
  }
}
