package dev.atrium.hub.jobs;

/** Another hub does this job by now. */
final class LeaseLostException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  LeaseLostException(String job) {
    super("job " + job + " is another hub's by now");
  }
}
