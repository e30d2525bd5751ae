package dev.atrium.hub.conversation;

import static dev.atrium.hub.conversation.PgRows.buffer;
import static dev.atrium.hub.conversation.PgRows.bytes;
import static dev.atrium.hub.conversation.PgRows.query;

import dev.atrium.hub.crypto.Aad;
import dev.atrium.hub.crypto.DataKey;
import dev.atrium.hub.crypto.DataKeys;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import java.util.List;
import java.util.UUID;

/**
 * Rows that were encrypted by a personal key itself, before conversations had keys. They are read like
 * all others; a rotation seals them anew before it destroys the personal key.
 */
public final class PgLegacyBodies {

  private static final String PARTS = """
    SELECT p.message_id, p.ordinal, p.ciphertext, p.token_ids, p.key_id, m.conversation_id
    FROM message_part p JOIN message m ON m.id = p.message_id
    WHERE p.key_id = ANY($1::uuid[]) ORDER BY p.message_id, p.ordinal LIMIT $2 FOR UPDATE OF p
    """;
  private static final String SEAL_PART = """
    UPDATE message_part SET ciphertext = $3, token_ids = $4, key_id = $5
    WHERE message_id = $1 AND ordinal = $2
    """;
  private static final String TITLES = """
    SELECT id AS conversation_id, title, title_key_id AS key_id FROM conversation
    WHERE owner_id = $3 AND title_key_id = ANY($1::uuid[]) ORDER BY id LIMIT $2 FOR UPDATE
    """;
  private static final String SEAL_TITLE =
    "UPDATE conversation SET title = $2, title_key_id = $3 WHERE id = $1";
  private static final String LEFT = """
    SELECT (SELECT count(*) FROM message_part WHERE key_id = ANY($1::uuid[]))
      + (SELECT count(*) FROM conversation WHERE owner_id = $2 AND title_key_id = ANY($1::uuid[]))
      + (SELECT count(*) FROM generation g JOIN answer_chunk a ON a.generation_id = g.id
          WHERE g.user_id = $2 AND a.key_id = ANY($1::uuid[]))
      + (SELECT count(*) FROM generation WHERE user_id = $2 AND input_key_id = ANY($1::uuid[]))
    """;

  private final Db db;
  private final DataKeys keys;

  public PgLegacyBodies(Db db, DataKeys keys) {
    this.db = db;
    this.keys = keys;
  }

  /** Seals up to so many parts and titles of a person by the keys of their conversations; how many. */
  public Future<Integer> reseal(UUID ownerId, List<UUID> personalKeys, int most) {
    UUID[] older = personalKeys.toArray(UUID[]::new);
    return db.inTransaction(tx ->
      query(tx, PARTS, older, most).compose(parts ->
          query(tx, TITLES, older, most, ownerId).compose(titles ->
              each(tx, ownerId, parts, this::part)
                .compose(_ -> each(tx, ownerId, titles, this::title))
                .map(parts.size() + titles.size())
            )
        )
    );
  }

  private interface Sealing {
    Future<?> seal(Tx tx, Row row, DataKey by, DataKey anew);
  }

  private Future<Void> each(Tx tx, UUID ownerId, Iterable<Row> rows, Sealing sealing) {
    return PgRows.keysOf(tx, keys, ownerId, "key_id", rows).compose(byId -> {
        Future<?> all = Future.succeededFuture();
        for (Row row : rows) {
          all = all
            .compose(_ -> keys.forConversation(tx, row.getUUID("conversation_id"), ownerId))
            .compose(anew -> sealing.seal(tx, row, byId.get(row.getUUID("key_id")), anew));
        }
        return all.mapEmpty();
      });
  }

  private Future<?> part(Tx tx, Row row, DataKey by, DataKey anew) {
    UUID message = row.getUUID("message_id");
    int ordinal = row.getInteger("ordinal");
    Buffer body = sealed(by, anew, bytes(row, "ciphertext"), Body.partOf(message, ordinal));
    Buffer tokens = row.getBuffer("token_ids") == null
      ? null
      : sealed(by, anew, bytes(row, "token_ids"), Body.tokensOf(message, ordinal));
    return query(tx, SEAL_PART, message, ordinal, body, tokens, anew.id());
  }

  private Future<?> title(Tx tx, Row row, DataKey by, DataKey anew) {
    UUID id = row.getUUID("conversation_id");
    String title = Body.openTitle(by, id, bytes(row, "title"));
    return query(tx, SEAL_TITLE, id, buffer(Body.sealTitle(anew, id, title)), anew.id());
  }

  private static Buffer sealed(DataKey by, DataKey anew, byte[] bytes, Aad place) {
    return buffer(anew.seal(by.open(bytes, place), place));
  }

  /** How many rows these keys still open; pieces of running answers are sealed anew when they end. */
  public Future<Long> left(UUID ownerId, List<UUID> personalKeys) {
    return db
      .read(tx -> query(tx, LEFT, personalKeys.toArray(UUID[]::new), ownerId))
      .map(rows -> rows.iterator().next().getLong(0));
  }
}
