package dev.atrium.hub.conversation;

import static dev.atrium.hub.conversation.PgRows.buffer;
import static dev.atrium.hub.conversation.PgRows.bytes;
import static dev.atrium.hub.conversation.PgRows.query;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.FileView;
import dev.atrium.hub.crypto.DataKey;
import dev.atrium.hub.crypto.DataKeys;
import dev.atrium.hub.db.Ids;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Saves prompts and retries. */
final class PgPrompts {

  /** Two sends with one client id wait for each other here, so that the second finds the first. */
  private static final String ONE_AT_A_TIME =
    "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";

  private static final String FIND_REPEAT = """
    SELECT m.conversation_id, m.role, c.title, c.title_key_id, c.deleted_at IS NOT NULL AS deleted,
      CASE m.role WHEN 'user' THEN m.id ELSE m.parent_id END AS prompt_id,
      a.id AS answer_id, g.id AS generation_id, g.epoch
    FROM message m
    JOIN conversation c ON c.id = m.conversation_id
    JOIN message a ON a.conversation_id = m.conversation_id AND a.role = 'assistant'
      AND CASE m.role WHEN 'user' THEN a.parent_id = m.id AND a.choice = 0 ELSE a.id = m.id END
    JOIN generation g ON g.message_id = a.id
    WHERE m.author_id = $1 AND m.client_message_id = $2
    """;

  private static final String LOCK_CONVERSATION = """
    SELECT id, title, title_key_id FROM conversation
    WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL FOR UPDATE
    """;

  private static final String RUNNING = """
    SELECT id FROM generation WHERE conversation_id = $1 AND status IN ('pending', 'running')
    """;

  private static final String FIND_MESSAGE =
    "SELECT role, parent_id FROM message WHERE conversation_id = $1 AND id = $2";

  private static final String ADD_CONVERSATION =
    "INSERT INTO conversation (id, owner_id, title, title_key_id) VALUES ($1, $2, $3, $4)";

  /** The answer's time is after the prompt's: now() is the transaction's beginning. */
  private static final String ADD_PROMPT = """
    WITH prompt AS (
      INSERT INTO message (id, conversation_id, parent_id, choice, role, author_id,
        client_message_id, status, created_at)
      SELECT $1, $2, $3::uuid, coalesce(max(choice) + 1, 0), 'user', $4, $5, 'complete', now()
      FROM message WHERE conversation_id = $2 AND parent_id IS NOT DISTINCT FROM $3::uuid
    ), part AS (
      INSERT INTO message_part (message_id, ordinal, kind, ciphertext, key_id, code_points)
      VALUES ($1, 0, 'text', $6, $7, $8)
    ), answer AS (
      INSERT INTO message (id, conversation_id, parent_id, role, status, model)
      VALUES ($9, $2, $1, 'assistant', 'pending', $10)
    )
    UPDATE conversation SET updated_at = clock_timestamp() WHERE id = $2
    """;

  private static final String ADD_RETRY = """
    WITH answer AS (
      INSERT INTO message (id, conversation_id, parent_id, choice, role, author_id,
        client_message_id, status, model)
      SELECT $1, $2, $3, max(choice) + 1, 'assistant', $4, $5, 'pending', $6
      FROM message WHERE conversation_id = $2 AND parent_id = $3
    )
    UPDATE conversation SET updated_at = clock_timestamp() WHERE id = $2
    """;

  private final DataKeys keys;
  private final PgFiles files;

  /** A conversation that this transaction has locked or made. */
  private record Held(UUID id, String title, Optional<DataKey> made) {}

  PgPrompts(DataKeys keys) {
    this.keys = keys;
    this.files = new PgFiles(keys);
  }

  Future<SavedPrompt> save(Tx tx, NewPrompt prompt) {
    return findRepeat(tx, prompt.userId(), prompt.clientMessageId()).compose(repeat ->
      repeat.isPresent() ? Future.succeededFuture(repeat.get()) : saveNew(tx, prompt)
    );
  }

  private Future<SavedPrompt> saveNew(Tx tx, NewPrompt prompt) {
    return hold(tx, prompt)
      .compose(held -> checkParent(tx, held, prompt.parentId()).map(held))
      .compose(held ->
        held
          .made()
          .map(Future::succeededFuture)
          .orElseGet(() -> keys.forConversation(tx, held.id(), prompt.userId()))
          .compose(key -> add(tx, prompt, key, held))
      );
  }

  private Future<Held> hold(Tx tx, NewPrompt prompt) {
    if (prompt.conversationId().isPresent()) {
      return lock(tx, prompt.userId(), prompt.conversationId().get());
    }
    if (prompt.parentId().isPresent()) {
      return PgRows.badField("parentId", "needs a conversation");
    }
    var id = Ids.next();
    var title = Titles.from(prompt);
    return keys
      .forNewConversation(tx, id, prompt.userId())
      .compose(key -> {
        var sealed = buffer(Body.sealTitle(key, id, title));
        return query(tx, ADD_CONVERSATION, id, prompt.userId(), sealed, key.id()).map(
          new Held(id, title, Optional.of(key))
        );
      });
  }

  private Future<Held> lock(Tx tx, UUID userId, UUID conversationId) {
    return query(tx, LOCK_CONVERSATION, conversationId, userId).compose(rows -> {
        if (rows.size() == 0) {
          return PgRows.notFound("conversation");
        }
        var row = rows.iterator().next();
        return query(tx, RUNNING, conversationId)
          .compose(running ->
            running.size() == 0
              ? title(tx, userId, row, conversationId)
              : Future.failedFuture(busy(running.iterator().next().getUUID("id")))
          )
          .map(title -> new Held(conversationId, title, Optional.empty()));
      });
  }

  private static AtriumException busy(UUID generationId) {
    return new AtriumException(
      ErrorCode.GENERATION_BUSY,
      Map.of("generationId", generationId.toString())
    );
  }

  private Future<String> title(Tx tx, UUID userId, Row row, UUID conversationId) {
    var keyId = row.getUUID("title_key_id");
    return keys
      .byIds(tx, Set.of(keyId), userId)
      .map(byId -> Body.openTitle(byId.get(keyId), conversationId, bytes(row, "title")));
  }

  /** A prompt follows an answer, or it is (another version of) the first message. */
  private Future<Void> checkParent(Tx tx, Held held, Optional<UUID> parentId) {
    if (parentId.isEmpty()) {
      return Future.succeededFuture();
    }
    return query(tx, FIND_MESSAGE, held.id(), parentId.get()).compose(rows -> {
        if (rows.size() == 0) {
          return PgRows.notFound("message");
        }
        return rows.iterator().next().getString("role").equals("assistant")
          ? Future.succeededFuture()
          : PgRows.badField("parentId", "is not an answer");
      });
  }

  private Future<SavedPrompt> add(Tx tx, NewPrompt prompt, DataKey key, Held held) {
    var promptId = Ids.next();
    var answerId = Ids.next();
    var text = prompt.text();
    var sealed = key.seal(Body.utf8(text), Body.partOf(promptId, 0));
    return query(
      tx,
      ADD_PROMPT,
      promptId,
      held.id(),
      prompt.parentId().orElse(null),
      prompt.userId(),
      prompt.clientMessageId(),
      buffer(sealed),
      key.id(),
      text.codePointCount(0, text.length()),
      answerId,
      prompt.model()
    )
      .compose(_ -> files.add(tx, promptId, prompt.files(), key))
      .map(added -> saved(held, promptId, answerId, added));
  }

  Future<SavedPrompt> saveRetry(Tx tx, NewRetry retry) {
    return findRepeat(tx, retry.userId(), retry.clientMessageId()).compose(repeat ->
      repeat.isPresent() ? Future.succeededFuture(repeat.get()) : addRetry(tx, retry)
    );
  }

  private Future<SavedPrompt> addRetry(Tx tx, NewRetry retry) {
    return query(
      tx,
      "SELECT conversation_id FROM message WHERE id = $1 AND role = 'assistant'",
      retry.answerId()
    ).compose(rows -> {
        if (rows.size() == 0) {
          return PgRows.notFound("message");
        }
        return lock(tx, retry.userId(), rows.iterator().next().getUUID(0)).compose(held ->
            query(tx, FIND_MESSAGE, held.id(), retry.answerId()).compose(found -> {
                var promptId = found.iterator().next().getUUID("parent_id");
                var answerId = Ids.next();
                return query(
                  tx,
                  ADD_RETRY,
                  answerId,
                  held.id(),
                  promptId,
                  retry.userId(),
                  retry.clientMessageId(),
                  retry.model()
                ).map(_ -> saved(held, promptId, answerId, List.of()));
              })
          );
      });
  }

  private static SavedPrompt saved(Held held, UUID promptId, UUID answerId, List<FileView> files) {
    return new SavedPrompt(
      held.id(),
      held.title(),
      promptId,
      answerId,
      Ids.next(),
      1,
      false,
      held.made().isPresent(),
      files
    );
  }

  private Future<Optional<SavedPrompt>> findRepeat(Tx tx, UUID userId, UUID clientMessageId) {
    return query(tx, ONE_AT_A_TIME, userId + "/" + clientMessageId)
      .compose(_ -> query(tx, FIND_REPEAT, userId, clientMessageId))
      .compose(rows -> {
        if (rows.size() == 0) {
          return Future.succeededFuture(Optional.empty());
        }
        var row = rows.iterator().next();
        if (row.getBoolean("deleted")) {
          return PgRows.notFound("conversation");
        }
        var conversationId = row.getUUID("conversation_id");
        return title(tx, userId, row, conversationId).compose(title ->
          filesOfRepeat(tx, userId, row).map(found ->
            Optional.of(
              new SavedPrompt(
                conversationId,
                title,
                row.getUUID("prompt_id"),
                row.getUUID("answer_id"),
                row.getUUID("generation_id"),
                row.getInteger("epoch"),
                true,
                false,
                found
              )
            )
          )
        );
      });
  }

  private Future<List<FileView>> filesOfRepeat(Tx tx, UUID userId, Row row) {
    return row.getString("role").equals("user")
      ? files.viewsOf(tx, userId, row.getUUID("prompt_id"))
      : Future.succeededFuture(List.of());
  }
}
