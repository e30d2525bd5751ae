package dev.atrium.hub.conversation;

import java.util.Set;
import java.util.UUID;

/**
 * One message of a history: {@code role} is {@code user}, {@code assistant} or {@code system}.
 *
 * @param confirmed kinds of sensitive data that its writer has said may be sent
 */
public record Turn(UUID messageId, String role, String text, Set<String> confirmed) {
  public Turn {
    confirmed = Set.copyOf(confirmed);
  }

  @Override
  public String toString() {
    return "Turn[" + role + " " + messageId + ", " + text.length() + " chars]";
  }
}
