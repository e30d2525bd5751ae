package dev.atrium.hub.share;

import java.time.Instant;
import java.util.List;

/**
 * A share as it is read.
 *
 * @param author the display name of who made it, as it is now
 * @param own whether the reader made it
 */
public record SharedConversation(
  String title,
  String author,
  boolean own,
  Instant createdAt,
  Instant expiresAt,
  List<SharedMessage> messages
) {
  public SharedConversation {
    messages = List.copyOf(messages);
  }

  /** Without title and texts. */
  @Override
  public String toString() {
    return "SharedConversation[" + messages.size() + " messages]";
  }
}
