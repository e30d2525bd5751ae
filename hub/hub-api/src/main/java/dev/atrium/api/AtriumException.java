package dev.atrium.api;

import java.util.Map;

/**
 * A refusal or failure from the table of errors. It is an answer to somebody, not a bug, so it
 * carries no stack trace unless it has a cause.
 */
public class AtriumException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final ErrorCode code;
  private final transient Map<String, Object> args;

  public AtriumException(ErrorCode code) {
    this(code, Map.of());
  }

  public AtriumException(ErrorCode code, Map<String, Object> args) {
    this(code, args, null);
  }

  public AtriumException(ErrorCode code, Map<String, Object> args, Throwable cause) {
    super(code.code() + (args.isEmpty() ? "" : " " + args), cause, false, cause != null);
    this.code = code;
    this.args = Map.copyOf(args);
  }

  /** Which row of the table. */
  public ErrorCode code() {
    return code;
  }

  /** The arguments of the sentence; JSON values only. */
  public Map<String, Object> args() {
    return args;
  }
}
