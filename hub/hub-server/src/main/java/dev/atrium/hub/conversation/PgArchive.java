package dev.atrium.hub.conversation;

import static dev.atrium.hub.conversation.PgRows.bytes;
import static dev.atrium.hub.conversation.PgRows.query;

import dev.atrium.hub.conversation.ConversationDetail.Message;
import dev.atrium.hub.crypto.DataKey;
import dev.atrium.hub.crypto.DataKeys;
import dev.atrium.hub.db.Db;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** {@link Archive} over PostgreSQL. */
final class PgArchive implements Archive {

  private static final String LIST = """
    SELECT id, title, title_key_id, created_at, updated_at, deleted_at FROM conversation
    WHERE owner_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3
    """;
  private static final String OWNED = "SELECT FROM conversation WHERE id = $1 AND owner_id = $2";

  private final Db db;
  private final DataKeys keys;

  PgArchive(Db db, DataKeys keys) {
    this.db = db;
    this.keys = keys;
  }

  @Override
  public Future<List<Entry>> list(UUID ownerId, Optional<UUID> after, int limit) {
    return db.read(tx ->
      query(tx, LIST, ownerId, after.orElse(null), limit).compose(rows ->
          PgRows.keysOf(tx, keys, ownerId, "title_key_id", rows).map(byId -> {
              List<Entry> entries = new ArrayList<>();
              rows.forEach(row -> entries.add(entry(row, byId)));
              return entries;
            })
        )
    );
  }

  private static Entry entry(Row row, Map<UUID, DataKey> byId) {
    UUID id = row.getUUID("id");
    return new Entry(
      id,
      Body.openTitle(byId.get(row.getUUID("title_key_id")), id, bytes(row, "title")),
      row.getOffsetDateTime("created_at").toInstant(),
      row.getOffsetDateTime("updated_at").toInstant(),
      Optional.ofNullable(row.getOffsetDateTime("deleted_at")).map(OffsetDateTime::toInstant)
    );
  }

  @Override
  public Future<Map<UUID, FileText>> files(
    UUID ownerId,
    UUID conversationId,
    Collection<UUID> fileIds
  ) {
    return db.read(tx ->
      query(tx, OWNED, conversationId, ownerId).compose(rows ->
        rows.size() == 0
          ? PgRows.notFound("conversation")
          : new PgFiles(keys).byIds(tx, ownerId, conversationId, fileIds)
      )
    );
  }

  @Override
  public Future<List<Message>> messages(UUID ownerId, UUID conversationId) {
    return db.read(tx ->
      query(tx, OWNED, conversationId, ownerId).compose(rows ->
        rows.size() == 0
          ? PgRows.notFound("conversation")
          : new PgTranscript(keys).read(tx, ownerId, conversationId)
      )
    );
  }
}
