package dev.atrium.hub.conversation;

import static dev.atrium.hub.conversation.PgRows.query;

import dev.atrium.api.FileView;
import dev.atrium.hub.conversation.ConversationDetail.Generation;
import dev.atrium.hub.conversation.ConversationDetail.Message;
import dev.atrium.hub.conversation.ConversationDetail.MessageError;
import dev.atrium.hub.conversation.ConversationDetail.Tokens;
import dev.atrium.hub.crypto.DataKey;
import dev.atrium.hub.crypto.DataKeys;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** All messages of one conversation, for its page. */
final class PgTranscript {

  private static final String MESSAGES = """
    SELECT m.id, m.parent_id, m.choice, m.role, m.status, m.model, m.error_code, m.error_args,
      EXISTS (SELECT FROM message_part p WHERE p.message_id = m.id AND p.kind = 'pseudonyms') AS masked,
      m.created_at, g.id AS generation_id, g.epoch, g.prompt_tokens, g.completion_tokens,
      coalesce(g.prefilled_tokens, 0) AS prefilled_tokens, g.reason
    FROM message m LEFT JOIN generation g ON g.message_id = m.id
    WHERE m.conversation_id = $1 ORDER BY m.created_at, m.choice
    """;

  /** One statement: an answer's pieces become a part at its end, and one of the two must be seen. */
  private static final String BODIES = """
    SELECT m.id, NULL::uuid AS generation_id, 0 AS attempt, p.ordinal AS from_position, 0::bigint AS row,
      p.ciphertext, p.key_id, p.kind AS kinds
    FROM message m JOIN message_part p ON p.message_id = m.id AND p.kind IN ('text', 'reasoning', 'tool_call')
    WHERE m.conversation_id = $1
    UNION ALL
    SELECT g.message_id, g.id, ch.attempt, ch.from_position, ch.id, ch.ciphertext, ch.key_id, ch.kinds
    FROM generation g JOIN answer_chunk ch ON ch.generation_id = g.id AND ch.choice = 0
    WHERE g.conversation_id = $1
    ORDER BY from_position, row
    """;

  private final DataKeys keys;

  PgTranscript(DataKeys keys) {
    this.keys = keys;
  }

  Future<List<Message>> read(Tx tx, UUID readerId, UUID conversationId) {
    return query(tx, MESSAGES, conversationId).compose(messages ->
        query(tx, BODIES, conversationId).compose(bodies ->
            PgRows.keysOf(tx, keys, readerId, "key_id", bodies).compose(byId ->
                new PgFiles(keys)
                  .views(tx, readerId, conversationId)
                  .map(files -> {
                    var texts = texts(bodies, byId);
                    var result = new ArrayList<Message>();
                    messages.forEach(row -> result.add(message(row, texts, files)));
                    return List.copyOf(result);
                  })
              )
          )
      );
  }

  /** What is told of a message, as it is read. */
  private static final class Told {

    final StringBuilder text = new StringBuilder();
    final Runs runs = new Runs();
  }

  private static Map<UUID, Told> texts(Iterable<Row> bodies, Map<UUID, DataKey> byId) {
    var texts = new HashMap<UUID, Told>();
    for (var row : bodies) {
      var messageId = row.getUUID("id");
      var told = texts.computeIfAbsent(messageId, _ -> new Told());
      var generationId = row.getUUID("generation_id");
      if (generationId == null) {
        var key = byId.get(row.getUUID("key_id"));
        var text = PgAnswers.openPart(key, messageId, row.getInteger("from_position"), row);
        told.text.append(text);
        told.runs.begin(Runs.part(row.getString("kinds")));
        told.runs.extend(text.codePointCount(0, text.length()));
      } else {
        PgAnswers.openChunk(generationId, row, byId, told.text, told.runs, new ArrayList<>());
      }
    }
    return texts;
  }

  private static Message message(Row row, Map<UUID, Told> texts, Map<UUID, List<FileView>> files) {
    var id = row.getUUID("id");
    var told = texts.getOrDefault(id, new Told());
    var text = told.text.toString();
    return new Message(
      id,
      Optional.ofNullable(row.getUUID("parent_id")),
      row.getInteger("choice"),
      row.getString("role"),
      Passage.of(text, told.runs),
      files.getOrDefault(id, List.of()),
      row.getOffsetDateTime("created_at").toInstant(),
      MessageStatus.of(row.getString("status")),
      Optional.ofNullable(row.getString("model")),
      error(row),
      row.getBoolean("masked"),
      generation(row, text.codePointCount(0, text.length()))
    );
  }

  private static Optional<MessageError> error(Row row) {
    var args = (JsonObject) row.getValue("error_args");
    return Optional.ofNullable(row.getString("error_code")).map(code ->
      new MessageError(code, args == null ? Map.of() : args.getMap())
    );
  }

  private static Optional<Generation> generation(Row row, int position) {
    var id = row.getUUID("generation_id");
    if (id == null) {
      return Optional.empty();
    }
    var prompt = row.getInteger("prompt_tokens");
    var completion = row.getInteger("completion_tokens");
    return Optional.of(
      new Generation(
        id,
        row.getInteger("epoch"),
        position,
        prompt == null || completion == null
          ? Optional.empty()
          : Optional.of(new Tokens(prompt, completion, row.getInteger("prefilled_tokens"))),
        Optional.ofNullable(row.getString("reason"))
      )
    );
  }
}
