package dev.atrium.hub.conversation;

import java.util.UUID;

/** One message of a history: {@code role} is {@code user}, {@code assistant} or {@code system}. */
public record Turn(UUID messageId, String role, String text) {
  @Override
  public String toString() {
    return "Turn[" + role + " " + messageId + ", " + text.length() + " chars]";
  }
}
