package dev.atrium.hub.jobs;

/** A job can't be done, now or later; the message says why, without what is personal. */
public final class JobRefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public JobRefusedException(String sentence) {
    super(sentence);
  }
}
