package dev.atrium.engine.cli;

/** Exit codes of all of Atrium's commands, after BSD's sysexits. */
final class ExitCodes {

  static final int FAILED = 1;
  static final int BAD_USAGE = 64;
  static final int NOT_THERE = 69;

  private ExitCodes() {}
}
