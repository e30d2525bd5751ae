package dev.atrium.hub.conversation;

import static dev.atrium.hub.conversation.PgRows.buffer;
import static dev.atrium.hub.conversation.PgRows.bytes;
import static dev.atrium.hub.conversation.PgRows.query;

import dev.atrium.api.FileView;
import dev.atrium.hub.crypto.DataKey;
import dev.atrium.hub.crypto.DataKeys;
import dev.atrium.hub.db.Ids;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Files of messages. Whether the reader may see the conversation is the caller's to ask. */
final class PgFiles {

  private static final String ADD = """
    INSERT INTO file (id, message_id, ordinal, name, body, key_id, bytes)
    SELECT id, $1, ordinality - 1, name, body, $2, bytes
    FROM unnest($3::uuid[], $4::bytea[], $5::bytea[], $6::integer[])
      WITH ORDINALITY AS f (id, name, body, bytes, ordinality)
    """;

  private static final String OF_CONVERSATION = """
    SELECT f.id, f.message_id, f.ordinal, f.name, f.bytes, f.key_id
    FROM message m JOIN file f ON f.message_id = m.id
    WHERE m.conversation_id = $1 ORDER BY f.message_id, f.ordinal
    """;

  private static final String OF_MESSAGES = """
    SELECT id, message_id, ordinal, name, body, bytes, key_id FROM file
    WHERE message_id = ANY ($1::uuid[]) ORDER BY message_id, ordinal
    """;

  private static final String BY_IDS = """
    SELECT f.id, f.message_id, f.ordinal, f.name, f.body, f.bytes, f.key_id
    FROM message m JOIN file f ON f.message_id = m.id
    WHERE m.conversation_id = $1 AND f.id = ANY ($2::uuid[])
    """;

  private final DataKeys keys;

  PgFiles(DataKeys keys) {
    this.keys = keys;
  }

  /** Writes the files of a message that this transaction has written. */
  Future<List<FileView>> add(Tx tx, UUID messageId, List<FileText> files, DataKey key) {
    if (files.isEmpty()) {
      return Future.succeededFuture(List.of());
    }
    List<FileView> views = new ArrayList<>();
    List<Buffer> names = new ArrayList<>();
    List<Buffer> bodies = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      FileText file = files.get(i);
      UUID id = Ids.next();
      byte[] text = Body.utf8(file.text());
      names.add(buffer(key.seal(Body.utf8(file.name()), Body.fileNameOf(id, messageId, i))));
      bodies.add(buffer(key.seal(text, Body.fileOf(id, messageId, i))));
      views.add(new FileView(id, file.name(), text.length));
    }
    return query(
      tx,
      ADD,
      messageId,
      key.id(),
      views.stream().map(FileView::id).toArray(UUID[]::new),
      names.toArray(Buffer[]::new),
      bodies.toArray(Buffer[]::new),
      views.stream().map(FileView::bytes).toArray(Integer[]::new)
    ).map(List.copyOf(views));
  }

  /** What there is in a conversation, by message. */
  Future<Map<UUID, List<FileView>>> views(Tx tx, UUID readerId, UUID conversationId) {
    return query(tx, OF_CONVERSATION, conversationId).compose(rows ->
        PgRows.keysOf(tx, keys, readerId, "key_id", rows).map(byId -> {
            Map<UUID, List<FileView>> views = new HashMap<>();
            for (Row row : rows) {
              views
                .computeIfAbsent(row.getUUID("message_id"), _ -> new ArrayList<>())
                .add(view(row, byId));
            }
            return views;
          })
      );
  }

  /** The same of one message. */
  Future<List<FileView>> viewsOf(Tx tx, UUID readerId, UUID messageId) {
    return query(tx, OF_MESSAGES, (Object) new UUID[] { messageId }).compose(rows ->
        PgRows.keysOf(tx, keys, readerId, "key_id", rows).map(byId -> {
            List<FileView> views = new ArrayList<>();
            rows.forEach(row -> views.add(view(row, byId)));
            return List.copyOf(views);
          })
      );
  }

  /** What the files of these messages hold, by message. */
  Future<Map<UUID, List<FileText>>> texts(Tx tx, UUID readerId, Collection<UUID> messageIds) {
    if (messageIds.isEmpty()) {
      return Future.succeededFuture(Map.of());
    }
    return query(tx, OF_MESSAGES, (Object) messageIds.toArray(UUID[]::new)).compose(rows ->
        PgRows.keysOf(tx, keys, readerId, "key_id", rows).map(byId -> {
            Map<UUID, List<FileText>> texts = new HashMap<>();
            for (Row row : rows) {
              texts
                .computeIfAbsent(row.getUUID("message_id"), _ -> new ArrayList<>())
                .add(text(row, byId));
            }
            return texts;
          })
      );
  }

  /** What these files of a conversation hold, by id; {@code NOT_FOUND} if it has not all of them. */
  Future<Map<UUID, FileText>> byIds(
    Tx tx,
    UUID readerId,
    UUID conversationId,
    Collection<UUID> fileIds
  ) {
    return query(tx, BY_IDS, conversationId, fileIds.toArray(UUID[]::new)).compose(rows ->
        PgRows.keysOf(tx, keys, readerId, "key_id", rows).compose(byId -> {
            Map<UUID, FileText> texts = new HashMap<>();
            rows.forEach(row -> texts.put(row.getUUID("id"), text(row, byId)));
            return texts.keySet().containsAll(fileIds)
              ? Future.succeededFuture(texts)
              : PgRows.notFound("file");
          })
      );
  }

  private static FileView view(Row row, Map<UUID, DataKey> byId) {
    return new FileView(row.getUUID("id"), name(row, byId), row.getInteger("bytes"));
  }

  private static FileText text(Row row, Map<UUID, DataKey> byId) {
    DataKey key = byId.get(row.getUUID("key_id"));
    byte[] text = key.open(
      bytes(row, "body"),
      Body.fileOf(row.getUUID("id"), row.getUUID("message_id"), row.getInteger("ordinal"))
    );
    return new FileText(name(row, byId), new String(text, StandardCharsets.UTF_8));
  }

  private static String name(Row row, Map<UUID, DataKey> byId) {
    DataKey key = byId.get(row.getUUID("key_id"));
    byte[] name = key.open(
      bytes(row, "name"),
      Body.fileNameOf(row.getUUID("id"), row.getUUID("message_id"), row.getInteger("ordinal"))
    );
    return new String(name, StandardCharsets.UTF_8);
  }
}
