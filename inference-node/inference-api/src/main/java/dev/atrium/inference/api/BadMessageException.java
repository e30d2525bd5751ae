package dev.atrium.inference.api;

/**
 * A message that breaks the contract of the bus: a field is missing, of the wrong type or out of its
 * bounds. It says which field and why, and never repeats the value, which may be somebody's prompt.
 */
public final class BadMessageException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  private final String field;
  private final String reason;

  /**
   * @param field the JSON field at fault; dotted and indexed where nested ({@code messages[2].role})
   * @param reason why it can't be accepted, in a few English words
   */
  public BadMessageException(String field, String reason) {
    super(field + ": " + reason);
    this.field = field;
    this.reason = reason;
  }

  /** The JSON field at fault. */
  public String field() {
    return field;
  }

  /** Why it can't be accepted. */
  public String reason() {
    return reason;
  }

  /** The same fault, seen from the object that holds the field's object under {@code parent}. */
  BadMessageException inside(String parent) {
    return new BadMessageException(parent + "." + field, reason);
  }
}
