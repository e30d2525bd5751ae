package dev.atrium.hub.share;

import dev.atrium.hub.admission.Permissions;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.conversation.ConversationStore;
import dev.atrium.hub.crypto.DataKeys;
import dev.atrium.hub.db.Db;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What people share with others of their company, and the reading of it. A share ends with its time, with
 * its conversation, with its author, and when its author ends it; whoever asks for one that is over, was
 * never there or can't be decrypted any more gets {@code not_found}, all alike. Making and reading need
 * the feature {@code share}, of the author too: otherwise {@code feature_forbidden}, which is recorded.
 */
public interface Shares {
  /** The name under which rules speak of it. */
  String FEATURE = "share";

  /** Of one person, open at a time, and made in a day. */
  int MOST = 200;

  int MOST_DAYS = 365;
  int USUAL_DAYS = 30;

  /** Over this hub's database. */
  static Shares create(
    Db db,
    DataKeys keys,
    ConversationStore conversations,
    Permissions permissions,
    AuditTrail audit
  ) {
    return new PgShares(db, keys, conversations, permissions, audit);
  }

  /** Somebody who shares or reads, and from where. */
  record Party(UUID id, String name, String address) {}

  /**
   * Shares one of somebody's own conversations as it is now, down to this message.
   *
   * @param days how long, 1 to {@link #MOST_DAYS}; otherwise {@code bad_field}
   * @return fails with {@code not_found}, {@code share_too_long} or {@code too_many_shares}
   */
  Future<Share> make(Party author, UUID conversationId, UUID lastMessageId, int days);

  /** Somebody's own shares that are not over, the latest first; those of one conversation if it is named. */
  Future<List<Share>> list(UUID authorId, Optional<UUID> conversationId);

  /** Ends one of somebody's own shares at once. */
  Future<Void> end(Party author, UUID shareId);

  /** Reads a share. When somebody else does, that is recorded before they get it. */
  Future<SharedConversation> read(Party reader, ShareAddress address);
}
