package dev.atrium.hub.conversation;

import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * One message of a history: {@code role} is {@code user}, {@code assistant} or {@code system}.
 *
 * @param files that came with it
 * @param confirmed kinds of sensitive data that its writer has said may be sent
 */
public record Turn(
  UUID messageId,
  String role,
  String text,
  List<FileText> files,
  Set<String> confirmed
) {
  public Turn {
    files = List.copyOf(files);
    confirmed = Set.copyOf(confirmed);
  }

  @Override
  public String toString() {
    return (
      "Turn[" +
      role +
      " " +
      messageId +
      ", " +
      text.length() +
      " chars, " +
      files.size() +
      " files]"
    );
  }
}
