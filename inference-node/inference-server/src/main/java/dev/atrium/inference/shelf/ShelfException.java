package dev.atrium.inference.shelf;

/** What keeps a command from being done, in one sentence, with its exit code. */
final class ShelfException extends RuntimeException {

  static final int FAILED = 1;
  static final int USAGE = 64;
  /** What came or lies there is not what it should be. */
  static final int DAMAGED = 65;
  /** What is named does not exist. */
  static final int UNKNOWN = 66;
  /** The endpoint can't be reached, or lets nobody in. */
  static final int UNAVAILABLE = 69;
  /** Something is in the way. */
  static final int CONFLICT = 73;

  private static final long serialVersionUID = 1L;

  private final int exitCode;

  ShelfException(int exitCode, String sentence) {
    super(sentence);
    this.exitCode = exitCode;
  }

  ShelfException(int exitCode, String sentence, Throwable cause) {
    super(sentence, cause);
    this.exitCode = exitCode;
  }

  int exitCode() {
    return exitCode;
  }
}
