package dev.atrium.hub.conversation;

import static dev.atrium.hub.conversation.PgRows.buffer;
import static dev.atrium.hub.conversation.PgRows.bytes;
import static dev.atrium.hub.conversation.PgRows.query;

import dev.atrium.hub.conversation.ConversationDetail.MessageError;
import dev.atrium.hub.crypto.DataKey;
import dev.atrium.hub.crypto.DataKeys;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import dev.atrium.policy.sensitive.Kind;
import dev.atrium.policy.sensitive.Pseudonyms;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** {@link ConversationStore} over PostgreSQL; bodies and titles are encrypted for their owner. */
final class PgConversationStore implements ConversationStore {

  private static final int LARGEST_PAGE = 200;

  private static final String HISTORY = """
    WITH RECURSIVE path AS (
      SELECT m.id, m.conversation_id, m.parent_id, m.role, m.status, m.confirmed, 0 AS depth
      FROM message m JOIN conversation c ON c.id = m.conversation_id
      WHERE m.id = $1 AND m.role = coalesce($3::text, m.role) AND c.owner_id = $2 AND c.deleted_at IS NULL
      UNION ALL
      SELECT m.id, m.conversation_id, m.parent_id, m.role, m.status, m.confirmed, p.depth + 1
      FROM message m JOIN path p ON m.conversation_id = p.conversation_id AND m.id = p.parent_id
    )
    SELECT path.id, path.role, path.confirmed, part.ordinal, part.ciphertext, part.key_id,
      EXISTS (SELECT FROM file f WHERE f.message_id = path.id) AS has_files
    FROM path JOIN message_part part ON part.message_id = path.id AND part.kind = 'text'
    WHERE path.status IN ('complete', 'stopped')
    ORDER BY path.depth DESC, part.ordinal
    """;

  private static final String OWNED =
    "SELECT FROM conversation WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL";

  private static final String PARENT = "SELECT parent_id FROM message WHERE id = $1";

  private static final String SUMMARY = """
    SELECT c.id, c.title, c.title_key_id, c.updated_at, g.id AS running
    FROM conversation c
    LEFT JOIN generation g ON g.conversation_id = c.id AND g.status IN ('pending', 'running')
    """;

  private static final String LIST =
    SUMMARY +
    """
      WHERE c.owner_id = $1 AND c.deleted_at IS NULL
        AND ($2::timestamptz IS NULL OR (c.updated_at, c.id) < ($2, $3::uuid))
      ORDER BY c.updated_at DESC, c.id DESC LIMIT $4
      """;

  private static final String ONE =
    SUMMARY + "WHERE c.id = $1 AND c.owner_id = $2 AND c.deleted_at IS NULL";

  private static final String RENAME = """
    UPDATE conversation SET title = $3, title_key_id = $4
    WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL
    """;

  private static final String DELETE = """
    UPDATE conversation SET deleted_at = clock_timestamp()
    WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL
    RETURNING (SELECT g.id FROM generation g
      WHERE g.conversation_id = conversation.id AND g.status IN ('pending', 'running')) AS running
    """;

  private final Db db;
  private final DataKeys keys;
  private final PgPrompts prompts;
  private final PgAnswers answers;
  private final PgPseudonyms pseudonyms;
  private final PgFiles files;

  PgConversationStore(Db db, DataKeys keys) {
    this.db = db;
    this.keys = keys;
    this.prompts = new PgPrompts(keys);
    this.answers = new PgAnswers(keys);
    this.pseudonyms = new PgPseudonyms(keys);
    this.files = new PgFiles(keys);
  }

  @Override
  public Future<Void> prepare(UUID userId) {
    return keys.prepare(userId);
  }

  @Override
  public Future<SavedPrompt> savePrompt(Tx tx, NewPrompt prompt) {
    return prompts.save(tx, prompt);
  }

  @Override
  public Future<SavedPrompt> saveRetry(Tx tx, NewRetry retry) {
    return prompts.saveRetry(tx, retry);
  }

  @Override
  public Future<Void> startAnswer(Tx tx, UUID generationId, String nodeId) {
    return answers.start(tx, generationId, nodeId);
  }

  @Override
  public Future<List<SealedChunk>> sealAnswers(List<AnswerChunk> chunks) {
    return answers
      .seal(chunks)
      .map(Future::succeededFuture)
      .orElseGet(() -> db.inTransaction(tx -> answers.seal(tx, chunks)));
  }

  @Override
  public Future<Void> appendAnswers(Tx tx, List<AnswerChunk> chunks) {
    return answers.append(tx, chunks);
  }

  @Override
  public Future<Void> finishAnswer(
    Tx tx,
    UUID generationId,
    MessageStatus status,
    Optional<MessageError> error
  ) {
    return answers.finish(tx, generationId, status, error);
  }

  @Override
  public Future<StoredAnswer> answer(UUID userId, UUID generationId) {
    return db.read(tx -> answers.read(tx, userId, generationId));
  }

  @Override
  public Future<List<Turn>> history(UUID userId, UUID userMessageId) {
    return db
      .read(tx -> path(tx, userId, userMessageId, "user"))
      .compose(turns ->
        turns.isEmpty() ? PgRows.notFound("message") : Future.succeededFuture(turns)
      );
  }

  @Override
  public Future<List<Turn>> earlier(UUID userId, UUID messageId) {
    return db.read(tx -> path(tx, userId, messageId, null));
  }

  @Override
  public Future<List<Turn>> before(UUID userId, UUID messageId) {
    return db.read(tx ->
      query(tx, PARENT, messageId).compose(rows ->
        rows.size() == 0 || rows.iterator().next().getUUID("parent_id") == null
          ? Future.succeededFuture(List.of())
          : path(tx, userId, rows.iterator().next().getUUID("parent_id"), null)
      )
    );
  }

  private Future<List<Turn>> path(Tx tx, UUID userId, UUID messageId, String role) {
    return query(tx, HISTORY, messageId, userId, role).compose(rows ->
        PgRows.keysOf(tx, keys, userId, "key_id", rows).compose(byId -> {
            var messageIds = new HashSet<UUID>();
            for (var row : rows) {
              if (row.getBoolean("has_files")) {
                messageIds.add(row.getUUID("id"));
              }
            }
            return files.texts(tx, userId, messageIds).map(found -> turns(rows, byId, found));
          })
      );
  }

  @Override
  public Future<Map<UUID, FileText>> files(
    UUID userId,
    UUID conversationId,
    Collection<UUID> fileIds
  ) {
    return db.read(tx ->
      query(tx, OWNED, conversationId, userId).compose(rows ->
        rows.size() == 0
          ? PgRows.notFound("file")
          : files.byIds(tx, userId, conversationId, fileIds)
      )
    );
  }

  @Override
  public Future<Void> keepPseudonyms(
    Tx tx,
    UUID userId,
    UUID conversationId,
    UUID answerId,
    Pseudonyms made
  ) {
    return pseudonyms.keep(tx, userId, conversationId, answerId, made);
  }

  @Override
  public Future<Pseudonyms> pseudonyms(UUID userId, UUID answerId) {
    return db.read(tx -> pseudonyms.read(tx, userId, answerId));
  }

  @Override
  public Future<Void> confirm(
    Tx tx,
    UUID conversationId,
    Collection<UUID> messageIds,
    Set<Kind> kinds
  ) {
    return pseudonyms.confirm(tx, conversationId, messageIds, kinds);
  }

  private static List<Turn> turns(
    RowSet<Row> rows,
    Map<UUID, DataKey> byId,
    Map<UUID, List<FileText>> files
  ) {
    var turns = new ArrayList<Turn>();
    for (var row : rows) {
      var id = row.getUUID("id");
      var key = byId.get(row.getUUID("key_id"));
      var text = PgAnswers.openPart(key, id, row.getInteger("ordinal"), row);
      var last = turns.isEmpty() ? null : turns.getLast();
      if (last != null && last.messageId().equals(id)) {
        turns.set(
          turns.size() - 1,
          new Turn(id, last.role(), last.text() + text, last.files(), last.confirmed())
        );
      } else {
        var confirmed = Set.of(row.getArrayOfStrings("confirmed"));
        turns.add(
          new Turn(id, row.getString("role"), text, files.getOrDefault(id, List.of()), confirmed)
        );
      }
    }
    return List.copyOf(turns);
  }

  @Override
  public Future<Page<ConversationSummary>> list(UUID userId, Optional<String> before, int limit) {
    if (limit < 1 || limit > LARGEST_PAGE) {
      return PgRows.badField("limit", "must be between 1 and " + LARGEST_PAGE);
    }
    return Future.succeededFuture(before)
      .map(text -> text.map(Cursor::decode))
      .compose(cursor ->
        db.read(tx ->
          query(
            tx,
            LIST,
            userId,
            cursor.map(Cursor::updatedAt).orElse(null),
            cursor.map(Cursor::id).orElse(null),
            limit + 1
          ).compose(rows ->
            PgRows.keysOf(tx, keys, userId, "title_key_id", rows).map(byId ->
              page(rows, byId, limit)
            )
          )
        )
      );
  }

  private static Page<ConversationSummary> page(
    RowSet<Row> rows,
    Map<UUID, DataKey> byId,
    int limit
  ) {
    var items = new ArrayList<ConversationSummary>();
    Optional<String> next = Optional.empty();
    Row last = null;
    for (var row : rows) {
      if (items.size() == limit) {
        next = Optional.of(
          new Cursor(last.getOffsetDateTime("updated_at"), last.getUUID("id")).encode()
        );
        break;
      }
      items.add(summary(row, byId.get(row.getUUID("title_key_id"))));
      last = row;
    }
    return new Page<>(List.copyOf(items), next);
  }

  private static ConversationSummary summary(Row row, DataKey key) {
    var id = row.getUUID("id");
    return new ConversationSummary(
      id,
      Body.openTitle(key, id, bytes(row, "title")),
      row.getOffsetDateTime("updated_at").toInstant(),
      Optional.ofNullable(row.getUUID("running"))
    );
  }

  private Future<ConversationSummary> one(Tx tx, UUID userId, UUID conversationId) {
    return query(tx, ONE, conversationId, userId).compose(rows -> {
        if (rows.size() == 0) {
          return PgRows.notFound("conversation");
        }
        var row = rows.iterator().next();
        var keyId = row.getUUID("title_key_id");
        return keys.byIds(tx, Set.of(keyId), userId).map(byId -> summary(row, byId.get(keyId)));
      });
  }

  @Override
  public Future<ConversationDetail> read(UUID userId, UUID conversationId) {
    return db.read(tx ->
      one(tx, userId, conversationId).compose(found ->
        new PgTranscript(keys)
          .read(tx, userId, conversationId)
          .map(messages -> new ConversationDetail(conversationId, found.title(), messages))
      )
    );
  }

  @Override
  public Future<String> title(UUID userId, UUID conversationId) {
    return db.read(tx -> one(tx, userId, conversationId).map(ConversationSummary::title));
  }

  @Override
  public Future<ConversationSummary> rename(UUID userId, UUID conversationId, String title) {
    var line = Titles.oneLine(title);
    if (line.isEmpty() || line.codePointCount(0, line.length()) > Titles.LONGEST) {
      return PgRows.badField("title", "must have 1 to " + Titles.LONGEST + " characters");
    }
    return db.inTransaction(tx ->
      keys
        .forConversation(tx, conversationId, userId)
        .compose(key -> {
          var sealed = buffer(Body.sealTitle(key, conversationId, line));
          return query(tx, RENAME, conversationId, userId, sealed, key.id());
        })
        .compose(_ -> one(tx, userId, conversationId))
    );
  }

  @Override
  public Future<Optional<UUID>> delete(UUID userId, UUID conversationId) {
    return db.read(tx ->
      query(tx, DELETE, conversationId, userId).compose(rows ->
        rows.size() == 0
          ? PgRows.notFound("conversation")
          : Future.succeededFuture(Optional.ofNullable(rows.iterator().next().getUUID("running")))
      )
    );
  }
}
