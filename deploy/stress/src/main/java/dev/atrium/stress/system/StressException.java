package dev.atrium.stress.system;

/** The run can't be made; the message is a sentence for whoever started it. */
public final class StressException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Options that can't be meant. */
  public static final int USAGE = 64;
  /** Something that is needed is not there. */
  public static final int UNAVAILABLE = 69;

  private final int exitCode;

  public StressException(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  public StressException(int exitCode, String message, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  public int exitCode() {
    return exitCode;
  }
}
