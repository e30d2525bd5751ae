package dev.atrium.hub.conversation;

import static dev.atrium.hub.conversation.PgRows.bytes;
import static dev.atrium.hub.conversation.PgRows.query;

import dev.atrium.hub.crypto.DataKey;
import dev.atrium.hub.crypto.DataKeys;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@link MessageSearch} over PostgreSQL: a conversation at a time, a page of its messages at a time. */
final class PgMessageSearch implements MessageSearch {

  private static final int PAGE = 50;
  private static final int AROUND = 60;

  private static final String NEXT_CONVERSATION = """
    SELECT id, title, title_key_id, updated_at FROM conversation
    WHERE owner_id = $1 AND deleted_at IS NULL
      AND ($2::timestamptz IS NULL OR (updated_at, id) < ($2, $3::uuid))
    ORDER BY updated_at DESC, id DESC LIMIT 1
    """;
  private static final String SAME_CONVERSATION = """
    SELECT id, title, title_key_id, updated_at FROM conversation
    WHERE owner_id = $1 AND deleted_at IS NULL AND id = $2
    """;
  private static final String MESSAGES = """
    SELECT m.id, m.role, m.created_at, p.ordinal, p.ciphertext, p.key_id
    FROM (SELECT id, role, created_at FROM message
      WHERE conversation_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3) m
    LEFT JOIN message_part p ON p.message_id = m.id AND p.kind = 'text'
    ORDER BY m.id DESC, p.ordinal
    """;

  private final Db db;
  private final DataKeys keys;
  private final Bounds bounds;

  PgMessageSearch(Db db, DataKeys keys, Bounds bounds) {
    this.db = db;
    this.keys = keys;
    this.bounds = bounds;
  }

  @Override
  public Future<Found> search(UUID userId, String text, Optional<String> cursor) {
    String wanted = text.strip();
    if (wanted.isEmpty() || wanted.length() > LONGEST_QUERY) {
      return PgRows.badField("q", "must have 1 to " + LONGEST_QUERY + " characters");
    }
    return Future.succeededFuture(cursor)
      .map(c -> c.map(SearchCursor::decode))
      .compose(from -> new Scan(userId, wanted, from).run());
  }

  /** A conversation that is looked through. */
  private record Open(UUID id, String title, Cursor place) {}

  /** One call, and what it has used of its bounds. */
  private final class Scan {

    private final UUID userId;
    private final Pattern wanted;
    private final long until = System.nanoTime() + bounds.time().toNanos();
    private final List<Hit> hits = new ArrayList<>();
    private Optional<SearchCursor> from;
    private int scanned;
    private long bytes;

    Scan(UUID userId, String text, Optional<SearchCursor> from) {
      this.userId = userId;
      this.wanted = Pattern.compile(
        Pattern.quote(text),
        Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE
      );
      this.from = from;
    }

    private boolean spent() {
      return (
        scanned >= bounds.messages() ||
        bytes >= bounds.bytes() ||
        hits.size() >= bounds.hits() ||
        System.nanoTime() > until
      );
    }

    /** A connection for one conversation at a time, so that a long search keeps none from others. */
    Future<Found> run() {
      return db
        .read(this::conversation)
        .compose(more ->
          !more || spent()
            ? Future.succeededFuture(
              new Found(
                List.copyOf(hits),
                scanned,
                more ? from.map(SearchCursor::encode) : Optional.empty()
              )
            )
            : run()
        );
    }

    private Future<Boolean> conversation(Tx tx) {
      boolean middle = from.flatMap(SearchCursor::below).isPresent();
      return (middle ? same(tx) : next(tx)).compose(rows -> {
          if (rows.size() > 0) {
            return PgRows.keysOf(tx, keys, userId, "title_key_id", rows).compose(byId ->
              opened(tx, rows.iterator().next(), byId)
            );
          }
          // The one that was left in the middle is gone: on with the next.
          from = from.map(f -> new SearchCursor(f.conversation(), Optional.empty()));
          return Future.succeededFuture(middle);
        });
    }

    private Future<RowSet<Row>> next(Tx tx) {
      return query(
        tx,
        NEXT_CONVERSATION,
        userId,
        from.map(f -> f.conversation().updatedAt()).orElse(null),
        from.map(f -> f.conversation().id()).orElse(null)
      );
    }

    private Future<RowSet<Row>> same(Tx tx) {
      return query(tx, SAME_CONVERSATION, userId, from.orElseThrow().conversation().id());
    }

    private Future<Boolean> opened(Tx tx, Row row, Map<UUID, DataKey> byId) {
      UUID id = row.getUUID("id");
      Optional<UUID> below = from
        .filter(f -> f.conversation().id().equals(id))
        .flatMap(SearchCursor::below);
      String title = Body.openTitle(byId.get(row.getUUID("title_key_id")), id, bytes(row, "title"));
      Open open = new Open(id, title, new Cursor(row.getOffsetDateTime("updated_at"), id));
      if (below.isEmpty()) {
        find(open, title, Optional.empty(), row.getOffsetDateTime("updated_at").toInstant());
      }
      return messages(tx, open, below).map(true);
    }

    private Future<Void> messages(Tx tx, Open open, Optional<UUID> below) {
      return query(tx, MESSAGES, open.id(), below.orElse(null), PAGE).compose(rows ->
          PgRows.keysOf(tx, keys, userId, "key_id", rows).compose(byId -> {
              Optional<UUID> last = look(open, rows, byId);
              boolean complete = last.isEmpty();
              from = Optional.of(new SearchCursor(open.place(), last));
              return complete || spent() ? Future.succeededFuture() : messages(tx, open, last);
            })
        );
    }

    /** The last message, if there may be more after it. */
    private Optional<UUID> look(Open open, RowSet<Row> rows, Map<UUID, DataKey> byId) {
      UUID last = null;
      int messages = 0;
      for (Row row : rows) {
        if (!row.getUUID("id").equals(last)) {
          messages++;
          last = row.getUUID("id");
        }
        if (row.getUUID("key_id") != null) {
          bytes += row.getBuffer("ciphertext").length();
          DataKey key = byId.get(row.getUUID("key_id"));
          String text = PgAnswers.openPart(key, last, row.getInteger("ordinal"), row);
          find(open, text, Optional.of(row), row.getOffsetDateTime("created_at").toInstant());
        }
      }
      scanned += messages;
      return messages == PAGE ? Optional.of(last) : Optional.empty();
    }

    private void find(Open open, String text, Optional<Row> message, Instant when) {
      Matcher m = wanted.matcher(text);
      if (!m.find()) {
        return;
      }
      int start = whole(text, Math.max(0, m.start() - AROUND));
      int end = whole(text, Math.min(text.length(), m.end() + AROUND));
      hits.add(
        new Hit(
          open.id(),
          open.title(),
          message.map(row -> row.getUUID("id")),
          message.map(row -> row.getString("role")),
          when,
          text.substring(start, end),
          m.start() - start,
          m.end() - m.start()
        )
      );
    }

    /** Not in the middle of a character of two units. */
    private static int whole(String text, int at) {
      return at > 0 && at < text.length() && Character.isLowSurrogate(text.charAt(at))
        ? at - 1
        : at;
    }
  }
}
