package dev.atrium.hub.conversation;

import static dev.atrium.hub.conversation.PgRows.buffer;
import static dev.atrium.hub.conversation.PgRows.bytes;
import static dev.atrium.hub.conversation.PgRows.query;

import dev.atrium.hub.crypto.DataKeys;
import dev.atrium.hub.db.Tx;
import dev.atrium.policy.sensitive.Kind;
import dev.atrium.policy.sensitive.Pseudonyms;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.Set;
import java.util.UUID;

/** What belongs to sensitive data in a conversation: the pseudonyms of an answer, and confirmations. */
final class PgPseudonyms {

  /** Behind all parts of a message that are read. */
  private static final int ORDINAL = 1_000_000;

  private static final String ADD = """
    INSERT INTO message_part (message_id, ordinal, kind, ciphertext, key_id)
    VALUES ($1, $2, 'pseudonyms', $3, $4)
    """;

  private static final String READ =
    "SELECT ciphertext, key_id FROM message_part WHERE message_id = $1 AND kind = 'pseudonyms'";

  private static final String CONFIRM = """
    UPDATE message SET confirmed = ARRAY(SELECT DISTINCT unnest(confirmed || $3::text[]))
    WHERE conversation_id = $1 AND id = ANY ($2) AND role = 'user'
    """;

  private final DataKeys keys;

  PgPseudonyms(DataKeys keys) {
    this.keys = keys;
  }

  Future<Void> keep(Tx tx, UUID userId, UUID conversationId, UUID answerId, Pseudonyms pseudonyms) {
    return keys
      .forConversation(tx, conversationId, userId)
      .compose(key -> {
        var sealed = key.seal(pseudonyms.encode(), Body.partOf(answerId, ORDINAL));
        return query(tx, ADD, answerId, ORDINAL, buffer(sealed), key.id());
      })
      .mapEmpty();
  }

  Future<Pseudonyms> read(Tx tx, UUID userId, UUID answerId) {
    return query(tx, READ, answerId).compose(rows ->
        rows.size() == 0
          ? Future.succeededFuture(Pseudonyms.NONE)
          : PgRows.keysOf(tx, keys, userId, "key_id", rows).map(byId -> {
              var row = rows.iterator().next();
              var key = byId.get(row.getUUID("key_id"));
              var plain = key.open(bytes(row, "ciphertext"), Body.partOf(answerId, ORDINAL));
              return Pseudonyms.decode(plain);
            })
      );
  }

  Future<Void> confirm(Tx tx, UUID conversationId, Collection<UUID> messageIds, Set<Kind> kinds) {
    return query(
      tx,
      CONFIRM,
      conversationId,
      messageIds.toArray(UUID[]::new),
      kinds.stream().map(Kind::code).toArray(String[]::new)
    ).mapEmpty();
  }
}
