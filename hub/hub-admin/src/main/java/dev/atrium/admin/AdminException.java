package dev.atrium.admin;

/** Something that the person at the keyboard can understand and mend, with the exit code it gives. */
final class AdminException extends RuntimeException {

  /** Anything that has no code of its own. */
  static final int FAILED = 1;

  /** Wrong options, or a setting that can't be meant. */
  static final int USAGE = 64;

  /** A file that is given is not what it should be. */
  static final int BAD_FILE = 65;

  /** What is named does not exist. */
  static final int NOT_FOUND = 66;

  /** Something needed is not there: the database, a file. */
  static final int UNAVAILABLE = 69;

  /** Something is in the way: the database is of another version, a name is taken, a thing is in use. */
  static final int CONFLICT = 73;

  private static final long serialVersionUID = 1L;

  private final int exitCode;

  AdminException(int exitCode, String sentence) {
    super(sentence);
    this.exitCode = exitCode;
  }

  AdminException(int exitCode, String sentence, Throwable cause) {
    super(sentence, cause);
    this.exitCode = exitCode;
  }

  int exitCode() {
    return exitCode;
  }
}
