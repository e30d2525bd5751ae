package dev.atrium.engine.text;

/** A file of a model directory that is missing, unreadable or not what it should be. */
public class ModelTextException extends RuntimeException {

  private static final long serialVersionUID = 1L;
  private final String file;
  private final String reason;

  public ModelTextException(String file, String reason) {
    super(file + ": " + reason);
    this.file = file;
    this.reason = reason;
  }

  public ModelTextException(String file, String reason, Throwable cause) {
    super(file + ": " + reason, cause);
    this.file = file;
    this.reason = reason;
  }

  /** Name of the file within the model directory. */
  public String file() {
    return file;
  }

  public String reason() {
    return reason;
  }
}
