package dev.atrium.hub.conversation;

import static dev.atrium.hub.conversation.PgRows.buffer;
import static dev.atrium.hub.conversation.PgRows.bytes;
import static dev.atrium.hub.conversation.PgRows.query;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.HubFrame.Part;
import dev.atrium.hub.conversation.ConversationDetail.MessageError;
import dev.atrium.hub.crypto.DataKey;
import dev.atrium.hub.crypto.DataKeys;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Answers while they grow and when they end. */
final class PgAnswers {

  private static final String START = """
    WITH answer AS (
      UPDATE message m SET status = 'running' FROM generation g
      WHERE g.id = $1 AND m.id = g.message_id AND m.status = 'pending'
    )
    UPDATE conversation c SET last_node = $2 FROM generation g
    WHERE g.id = $1 AND c.id = g.conversation_id
    """;

  private static final String APPEND = "SELECT answer_chunks_add($1, $2, $3, $4, $5, $6, $7, $8)";

  private static final String LOCK_ANSWER = """
    SELECT m.id, m.status, g.user_id, m.conversation_id
    FROM generation g JOIN message m ON m.id = g.message_id
    WHERE g.id = $1 FOR UPDATE OF m
    """;

  private static final String CHUNKS = """
    SELECT attempt, from_position, ciphertext, key_id, kinds FROM answer_chunk
    WHERE generation_id = $1 AND choice = 0 ORDER BY from_position, id
    """;

  private static final String ADD_PARTS = """
    INSERT INTO message_part (message_id, ordinal, kind, ciphertext, token_ids, key_id, code_points)
    SELECT $1::uuid, ordinality - 1, kind, ciphertext, token_ids, $2::uuid, code_points
    FROM unnest($3::text[], $4::bytea[], $5::bytea[], $6::integer[]) WITH ORDINALITY
      AS w (kind, ciphertext, token_ids, code_points, ordinality)
    """;

  private static final String FINISH = """
    WITH answer AS (
      UPDATE message SET status = $2, error_code = $3, error_args = $4::jsonb,
        finished_at = clock_timestamp() WHERE id = $1
    ), chunks AS (
      DELETE FROM answer_chunk WHERE generation_id = $5
    )
    UPDATE conversation SET updated_at = clock_timestamp() WHERE id = $6
    """;

  /** One statement, so that an answer that ends at this moment is seen before or after, not between. */
  private static final String READ = """
    SELECT g.id, g.message_id, g.epoch, coalesce(m.status, g.status) AS status, b.*
    FROM generation g
    LEFT JOIN message m ON m.id = g.message_id
    LEFT JOIN conversation c ON c.id = g.conversation_id
    LEFT JOIN LATERAL (
      SELECT true AS chunk, attempt, from_position, ch.id AS row, ciphertext, NULL::bytea AS tokens, key_id, held, kinds
      FROM answer_chunk ch WHERE ch.generation_id = g.id AND ch.choice = 0
      UNION ALL
      SELECT false, 0, p.ordinal, 0, ciphertext, token_ids, key_id, NULL, kind
      FROM message_part p WHERE p.message_id = g.message_id AND p.kind IN ('text', 'reasoning', 'tool_call')
    ) b ON true
    WHERE g.id = $1 AND g.user_id = $2 AND c.deleted_at IS NULL
    ORDER BY b.from_position, b.row
    """;

  private final DataKeys keys;

  PgAnswers(DataKeys keys) {
    this.keys = keys;
  }

  Future<Void> start(Tx tx, UUID generationId, String nodeId) {
    return query(tx, START, generationId, nodeId).mapEmpty();
  }

  /** One statement for the pieces of many answers, at most one of each. */
  Future<Void> append(Tx tx, List<AnswerChunk> chunks) {
    return seal(tx, chunks)
      .compose(sealed -> insert(tx, sealed))
      .compose(rows ->
        rows.iterator().next().getInteger(0) == chunks.size()
          ? Future.succeededFuture()
          : Future.failedFuture(gap(chunks))
      );
  }

  /** By the keys that are in memory; empty if one of them is not. */
  Optional<List<SealedChunk>> seal(List<AnswerChunk> chunks) {
    List<SealedChunk> sealed = new ArrayList<>(chunks.size());
    for (AnswerChunk c : chunks) {
      Optional<DataKey> key = keys.held(c.conversationId(), c.userId());
      if (key.isEmpty()) {
        return Optional.empty();
      }
      sealed.add(sealed(c, key.get()));
    }
    return Optional.of(sealed);
  }

  Future<List<SealedChunk>> seal(Tx tx, List<AnswerChunk> chunks) {
    List<Future<SealedChunk>> sealed = chunks
      .stream()
      .map(c -> keys.forConversation(tx, c.conversationId(), c.userId()).map(k -> sealed(c, k)))
      .toList();
    return Future.all(sealed).map(_ -> sealed.stream().map(Future::result).toList());
  }

  private static SealedChunk sealed(AnswerChunk c, DataKey key) {
    var place = Body.chunkOf(c.generationId(), c.attempt(), c.from());
    var behind = Body.heldOf(c.generationId(), c.attempt(), c.from());
    return new SealedChunk(
      c.generationId(),
      c.attempt(),
      c.from(),
      c.codePoints(),
      buffer(key.seal(Body.chunk(c.text(), c.tokenIds()), place)),
      key.id(),
      c.held().isEmpty()
        ? Optional.empty()
        : Optional.of(buffer(key.seal(Body.utf8(c.held()), behind))),
      c.runs().plain() ? Optional.empty() : Optional.of(c.runs().stored())
    );
  }

  private static Future<RowSet<Row>> insert(Tx tx, List<SealedChunk> chunks) {
    return query(
      tx,
      APPEND,
      chunks.stream().map(SealedChunk::generationId).toArray(UUID[]::new),
      chunks.stream().map(SealedChunk::attempt).toArray(Integer[]::new),
      chunks.stream().map(SealedChunk::from).toArray(Integer[]::new),
      chunks.stream().map(SealedChunk::codePoints).toArray(Integer[]::new),
      chunks.stream().map(SealedChunk::text).toArray(Buffer[]::new),
      chunks.stream().map(SealedChunk::keyId).toArray(UUID[]::new),
      chunks
        .stream()
        .map(c -> c.held().orElse(null))
        .toArray(Buffer[]::new),
      chunks
        .stream()
        .map(c -> c.kinds().orElse(null))
        .toArray(String[]::new)
    );
  }

  private static Throwable gap(List<AnswerChunk> chunks) {
    return new AtriumException(
      ErrorCode.INTERNAL,
      Map.of("reference", chunks.getFirst().generationId().toString()),
      new IllegalStateException("not all of " + chunks + " begin where the stored answers end")
    );
  }

  Future<Void> finish(
    Tx tx,
    UUID generationId,
    MessageStatus status,
    Optional<MessageError> error
  ) {
    return query(tx, LOCK_ANSWER, generationId).compose(rows -> {
        if (rows.size() == 0 || !unfinished(rows.iterator().next())) {
          return Future.succeededFuture();
        }
        var answer = rows.iterator().next();
        return compact(tx, generationId, answer)
          .compose(_ ->
            query(
              tx,
              FINISH,
              answer.getUUID("id"),
              status.code(),
              error.map(MessageError::code).orElse(null),
              error.map(e -> new JsonObject(e.args())).orElse(null),
              generationId,
              answer.getUUID("conversation_id")
            )
          )
          .mapEmpty();
      });
  }

  private static boolean unfinished(Row row) {
    var status = MessageStatus.of(row.getString("status"));
    return status == MessageStatus.PENDING || status == MessageStatus.RUNNING;
  }

  private Future<Void> compact(Tx tx, UUID generationId, Row answer) {
    return query(tx, CHUNKS, generationId).compose(chunks -> {
        if (chunks.size() == 0) {
          return Future.succeededFuture();
        }
        var userId = answer.getUUID("user_id");
        return PgRows.keysOf(tx, keys, userId, "key_id", chunks).compose(byId -> {
            var text = new StringBuilder();
            var runs = new Runs();
            var tokenIds = new ArrayList<Integer>();
            chunks.forEach(row -> openChunk(generationId, row, byId, text, runs, tokenIds));
            return addParts(tx, answer, Passage.of(text.toString(), runs), tokenIds);
          });
      });
  }

  static void openChunk(
    UUID generationId,
    Row row,
    Map<UUID, DataKey> byId,
    StringBuilder text,
    Runs runs,
    List<Integer> tokenIds
  ) {
    var place = Body.chunkOf(
      generationId,
      row.getInteger("attempt"),
      row.getInteger("from_position")
    );
    var plain = byId.get(row.getUUID("key_id")).open(bytes(row, "ciphertext"), place);
    var before = text.length();
    Body.readChunk(plain, text, tokenIds);
    var kinds = row.getString("kinds");
    runs.addAll(
      kinds == null ? Runs.answer(text.codePointCount(before, text.length())) : Runs.read(kinds)
    );
  }

  /** The tokens are those of all parts. What was said is there even if it is nothing. */
  private Future<Void> addParts(Tx tx, Row answer, List<Passage> told, List<Integer> tokenIds) {
    var messageId = answer.getUUID("id");
    var parts = new ArrayList<>(told);
    if (parts.stream().noneMatch(passage -> passage.part() == Part.ANSWER)) {
      parts.add(new Passage(Part.ANSWER, ""));
    }
    return keys
      .forConversation(tx, answer.getUUID("conversation_id"), answer.getUUID("user_id"))
      .compose(key -> {
        var texts = new Buffer[parts.size()];
        var tokens = new Buffer[parts.size()];
        for (int i = 0; i < texts.length; i++) {
          var place = Body.partOf(messageId, i);
          texts[i] = buffer(key.seal(Body.utf8(parts.get(i).text()), place));
        }
        tokens[0] = buffer(key.seal(Body.tokens(tokenIds), Body.tokensOf(messageId, 0)));
        return query(
          tx,
          ADD_PARTS,
          messageId,
          key.id(),
          parts
            .stream()
            .map(passage -> Runs.kind(passage.part()))
            .toArray(String[]::new),
          texts,
          tokens,
          parts.stream().map(Passage::codePoints).toArray(Integer[]::new)
        );
      })
      .mapEmpty();
  }

  Future<StoredAnswer> read(Tx tx, UUID userId, UUID generationId) {
    return query(tx, READ, generationId, userId).compose(rows ->
      rows.size() == 0
        ? PgRows.notFound("generation")
        : PgRows.keysOf(tx, keys, userId, "key_id", rows).map(byId ->
          stored(generationId, rows, byId)
        )
    );
  }

  private static StoredAnswer stored(
    UUID generationId,
    Iterable<Row> rows,
    Map<UUID, DataKey> byId
  ) {
    var text = new StringBuilder();
    var runs = new Runs();
    var tokenIds = new ArrayList<Integer>();
    var held = "";
    Row first = null;
    for (var row : rows) {
      first = first == null ? row : first;
      if (row.getBoolean("chunk") == null) {
        continue;
      }
      if (row.getBoolean("chunk")) {
        openChunk(generationId, row, byId, text, runs, tokenIds);
        held = openHeld(generationId, row, byId);
      } else {
        var key = byId.get(row.getUUID("key_id"));
        var messageId = row.getUUID("message_id");
        var part = openPart(key, messageId, row.getInteger("from_position"), row);
        text.append(part);
        runs.begin(Runs.part(row.getString("kinds")));
        runs.extend(part.codePointCount(0, part.length()));
        if (row.getBuffer("tokens") != null) {
          var plain = key.open(bytes(row, "tokens"), Body.tokensOf(messageId, 0));
          tokenIds.addAll(Body.readTokens(plain));
        }
      }
    }
    return new StoredAnswer(
      generationId,
      Optional.ofNullable(first.getUUID("message_id")),
      text.toString(),
      runs,
      tokenIds,
      held,
      status(first.getString("status")),
      first.getInteger("epoch")
    );
  }

  /** Of the last piece alone it is still to come. */
  private static String openHeld(UUID generationId, Row row, Map<UUID, DataKey> byId) {
    if (row.getBuffer("held") == null) {
      return "";
    }
    var place = Body.heldOf(
      generationId,
      row.getInteger("attempt"),
      row.getInteger("from_position")
    );
    var plain = byId.get(row.getUUID("key_id")).open(bytes(row, "held"), place);
    return new String(plain, StandardCharsets.UTF_8);
  }

  /** An API call has no message; its generation's own word for complete is done. */
  private static MessageStatus status(String code) {
    return code.equals("done") ? MessageStatus.COMPLETE : MessageStatus.of(code);
  }

  static String openPart(DataKey key, UUID messageId, int ordinal, Row row) {
    var plain = key.open(bytes(row, "ciphertext"), Body.partOf(messageId, ordinal));
    return new String(plain, StandardCharsets.UTF_8);
  }
}
