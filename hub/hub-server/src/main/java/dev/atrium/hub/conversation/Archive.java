package dev.atrium.hub.conversation;

import dev.atrium.hub.crypto.DataKeys;
import dev.atrium.hub.db.Db;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * All conversations of a person with their bodies, also those that were deleted and are not removed yet:
 * for exports, and for reading that somebody approved. Whether it is allowed is the caller's.
 */
public interface Archive {
  /** Over the tables of this hub's database. */
  static Archive create(Db db, DataKeys keys) {
    return new PgArchive(db, keys);
  }

  /** What is known of a conversation besides its messages. */
  record Entry(
    UUID id,
    String title,
    Instant createdAt,
    Instant updatedAt,
    Optional<Instant> deletedAt
  ) {
    /** Without the title. */
    @Override
    public String toString() {
      return "Entry[" + id + "]";
    }
  }

  /** The next conversations by id, which is about the order in which they were begun. */
  Future<List<Entry>> list(UUID ownerId, Optional<UUID> after, int limit);

  /**
   * What these files of a conversation hold, by id. Fails with {@code NOT_FOUND} if one of them is not
   * there, or of another conversation.
   */
  Future<Map<UUID, FileText>> files(UUID ownerId, UUID conversationId, Collection<UUID> fileIds);

  /** The messages of a conversation. Fails with {@code NOT_FOUND} if it is not this person's. */
  Future<List<ConversationDetail.Message>> messages(UUID ownerId, UUID conversationId);
}
