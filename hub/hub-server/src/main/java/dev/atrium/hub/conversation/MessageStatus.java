package dev.atrium.hub.conversation;

import java.util.Locale;

/** How far a message is. A prompt is always complete. */
public enum MessageStatus {
  /** All of it is here. */
  COMPLETE,
  /** Saved, and nothing has been written yet. */
  PENDING,
  /** Being written. */
  RUNNING,
  /** Ended by its reader; what was written stays. */
  STOPPED,
  /** Ended by an error. */
  FAILED,
  /** Ended because the processes that wrote it were lost. */
  INTERRUPTED;

  /** The word for it in the database and on the wire. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The status with this word. */
  public static MessageStatus of(String code) {
    return valueOf(code.toUpperCase(Locale.ROOT));
  }
}
