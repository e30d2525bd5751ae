package dev.atrium.hub.conversation;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Where a search goes on: in the list of conversations, and if one was left in the middle, below which of
 * its messages.
 */
record SearchCursor(Cursor conversation, Optional<UUID> below) {
  String encode() {
    return conversation.encode() + below.map(id -> "." + id).orElse("");
  }

  static SearchCursor decode(String text) {
    int dot = text.indexOf('.');
    try {
      return dot < 0
        ? new SearchCursor(Cursor.decode(text), Optional.empty())
        : new SearchCursor(
          Cursor.decode(text.substring(0, dot)),
          Optional.of(UUID.fromString(text.substring(dot + 1)))
        );
    } catch (IllegalArgumentException e) {
      throw new AtriumException(
        ErrorCode.BAD_FIELD,
        Map.of("field", "before", "reason", "is not a cursor"),
        e
      );
    }
  }
}
