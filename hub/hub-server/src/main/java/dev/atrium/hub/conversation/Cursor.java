package dev.atrium.hub.conversation;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Map;
import java.util.UUID;

/** A place in the list of conversations: before this time and id. */
record Cursor(OffsetDateTime updatedAt, UUID id) {
  String encode() {
    var micros = ChronoUnit.MICROS.between(Instant.EPOCH, updatedAt.toInstant());
    var bytes = ByteBuffer.allocate(24)
      .putLong(micros)
      .putLong(id.getMostSignificantBits())
      .putLong(id.getLeastSignificantBits());
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
  }

  static Cursor decode(String text) {
    try {
      var bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
      var at = Instant.EPOCH.plus(bytes.getLong(), ChronoUnit.MICROS);
      var id = new UUID(bytes.getLong(), bytes.getLong());
      return new Cursor(at.atOffset(ZoneOffset.UTC), id);
    } catch (IllegalArgumentException | BufferUnderflowException e) {
      throw new AtriumException(
        ErrorCode.BAD_FIELD,
        Map.of("field", "before", "reason", "is not a cursor"),
        e
      );
    }
  }
}
