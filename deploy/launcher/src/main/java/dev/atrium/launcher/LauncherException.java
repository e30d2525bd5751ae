package dev.atrium.launcher;

/** Something that the person at the keyboard can understand and mend, with the exit code it gives. */
final class LauncherException extends RuntimeException {

  /** Wrong options or configuration. */
  static final int USAGE = 64;

  /** Something needed is not there: a JDK, a database, a model. */
  static final int UNAVAILABLE = 69;

  /** Taken by another: a port, a data folder; or a data folder of a newer version. */
  static final int CONFLICT = 73;

  /** Everything else. */
  static final int FAILED = 1;

  private static final long serialVersionUID = 1L;

  private final int exitCode;

  LauncherException(int exitCode, String sentence) {
    super(sentence);
    this.exitCode = exitCode;
  }

  LauncherException(int exitCode, String sentence, Throwable cause) {
    super(sentence, cause);
    this.exitCode = exitCode;
  }

  int exitCode() {
    return exitCode;
  }
}
