package dev.atrium.hub.share;

import java.time.Instant;
import java.util.UUID;

/**
 * One of somebody's own shares.
 *
 * @param id names it in lists and in the audit log, and opens nothing
 * @param address what opens it
 * @param conversationId what it was made of
 */
public record Share(
  UUID id,
  ShareAddress address,
  UUID conversationId,
  String title,
  Instant createdAt,
  Instant expiresAt
) {
  /** Without the address and the title. */
  @Override
  public String toString() {
    return "Share[" + id + "]";
  }
}
