package dev.atrium.hub.conversation;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A line of the history.
 *
 * @param running the generation that is being written in it, if there is one
 */
public record ConversationSummary(
  UUID id,
  String title,
  Instant updatedAt,
  Optional<UUID> running
) {
  /** Without the title, which is made of what somebody wrote. */
  @Override
  public String toString() {
    return "ConversationSummary[" + id + "]";
  }
}
