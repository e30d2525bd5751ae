package dev.atrium.hub.privacy;

import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.conversation.Archive;
import dev.atrium.hub.conversation.ConversationDetail;
import dev.atrium.hub.conversation.FileText;
import dev.atrium.hub.db.Db;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Reading somebody else's chats in an emergency: one person asks and gives a reason, another approves,
 * the first may read for a while, every reading is recorded, and the one who is read is told. That the
 * callers are auditors or administrators is the gateway's to check.
 */
public interface BreakGlass {
  int LEAST_MINUTES = 5;
  int MOST_MINUTES = 1_440;

  /** Over this hub's database. */
  static BreakGlass create(Db db, Archive archive, AuditTrail audit) {
    return new PgBreakGlass(db, archive, audit);
  }

  /** Somebody who asks, approves or reads. */
  record Reader(UUID id, String name, String address) {}

  /** A request as those see it who may make one; names of people as they are now. */
  record Request(
    UUID id,
    String user,
    String requestedBy,
    String reason,
    int minutes,
    Instant requestedAt,
    Optional<String> approvedBy,
    Optional<Instant> expiresAt
  ) {}

  /** What somebody whose chats may be read is told. */
  record Notice(UUID id, String by, String reason, Instant from, Instant until) {}

  /**
   * Asks to read the chats of the user of that name.
   *
   * @param reason 10 to 500 characters, which the user will read; otherwise {@code BAD_FIELD}
   * @return the request; {@code NOT_FOUND} if there is no such user but the reader
   */
  Future<UUID> request(Reader reader, String userName, String reason, int minutes);

  /**
   * Approves: from now on the time runs. {@code NOT_FOUND} if there is no such open request of a week at
   * the most, or it is the approver's own, or about the approver.
   */
  Future<Instant> approve(Reader approver, UUID request);

  /** The latest requests, at most 100. */
  Future<List<Request>> list();

  /** The conversations that may be read. {@code NOT_FOUND} without an approval that holds now. */
  Future<List<Archive.Entry>> conversations(Reader reader, UUID request, Optional<UUID> after);

  /** The messages of one of them. Fails as {@link #conversations} does. */
  Future<List<ConversationDetail.Message>> read(Reader reader, UUID request, UUID conversation);

  /** What a file in one of them holds. Fails as {@link #conversations} does. */
  Future<FileText> file(Reader reader, UUID request, UUID conversation, UUID file);

  /** What a user was not told yet, at most 20. */
  Future<List<Notice>> notices(UUID userId);

  /** The user has seen it. Repeating it changes nothing. */
  Future<Void> seen(UUID userId, UUID notice);
}
