package dev.atrium.hub.share;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.api.FileView;
import dev.atrium.hub.admission.Permissions;
import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.conversation.ConversationDetail;
import dev.atrium.hub.conversation.ConversationStore;
import dev.atrium.hub.conversation.FileText;
import dev.atrium.hub.crypto.DataKey;
import dev.atrium.hub.crypto.DataKeys;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Ids;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** {@link Shares} over PostgreSQL. */
final class PgShares implements Shares {

  /** So that two at once do not both find room for one. */
  private static final String LOCK =
    "SELECT pg_advisory_xact_lock(hashtextextended('share/' || $1, 0))";
  private static final String COUNT = """
    SELECT (SELECT count(*) FROM share_open WHERE author_id = $1) AS open,
      (SELECT count(*) FROM share WHERE author_id = $1 AND created_at > now() - interval '1 day') AS today
    """;
  private static final String ADD = """
    INSERT INTO share (id, author_id, conversation_id, address_hash, address, title, content, key_id,
      messages, expires_at)
    SELECT $1, c.owner_id, c.id, $4, $5, $6, $7, $8, $9, now() + make_interval(days => $10)
    FROM conversation c WHERE c.id = $3 AND c.owner_id = $2 AND c.deleted_at IS NULL
    RETURNING created_at, expires_at
    """;
  private static final String LIST = """
    SELECT id, key_id, address, title, conversation_id, created_at, expires_at FROM share_open
    WHERE author_id = $1 AND ($2::uuid IS NULL OR conversation_id = $2) ORDER BY created_at DESC LIMIT $3
    """;
  private static final String END = """
    UPDATE share SET ended_at = clock_timestamp() WHERE id = $1 AND author_id = $2 AND ended_at IS NULL
    """;
  private static final String AUTHOR = "SELECT author_id FROM share_open WHERE address_hash = $1";
  private static final String READ = """
    SELECT id, key_id, author_id, author_name, title, content, created_at, expires_at FROM share_open
    WHERE address_hash = $1
    """;

  private final Db db;
  private final DataKeys keys;
  private final ConversationStore conversations;
  private final Permissions permissions;
  private final AuditTrail audit;

  PgShares(
    Db db,
    DataKeys keys,
    ConversationStore conversations,
    Permissions permissions,
    AuditTrail audit
  ) {
    this.db = db;
    this.keys = keys;
    this.conversations = conversations;
    this.permissions = permissions;
    this.audit = audit;
  }

  private static Future<RowSet<Row>> query(Tx tx, String sql, Object... values) {
    return tx.sql().preparedQuery(sql).execute(Tuple.from(values));
  }

  private static byte[] bytes(Row row, String column) {
    return row.getBuffer(column).getBytes();
  }

  private static <T> Future<T> notFound(String what) {
    return Future.failedFuture(new AtriumException(ErrorCode.NOT_FOUND, Map.of("what", what)));
  }

  private static AuditEvent event(Party who, String action) {
    return AuditEvent.ok(AuditEvent.Actor.user(who.id(), who.name()), action).from(who.address());
  }

  private Future<Void> requireFeature(Party who) {
    return permissions
      .requireFeature(who.id(), FEATURE)
      .onFailure(e -> {
        if (e instanceof AtriumException a && a.code() == ErrorCode.FEATURE_FORBIDDEN) {
          audit.refused(
            AuditEvent.refused(AuditEvent.Actor.user(who.id(), who.name()), "feature.use")
              .target("feature", FEATURE)
              .from(who.address())
              .details(Map.of("rule", a.args().get("rule")))
          );
        }
      });
  }

  @Override
  public Future<Share> make(Party author, UUID conversationId, UUID lastMessageId, int days) {
    if (days < 1 || days > MOST_DAYS) {
      return Future.failedFuture(
        new AtriumException(
          ErrorCode.BAD_FIELD,
          Map.of("field", "days", "reason", "must be between 1 and " + MOST_DAYS)
        )
      );
    }
    return requireFeature(author)
      .compose(_ -> conversations.read(author.id(), conversationId))
      .compose(conversation -> snapshot(author.id(), conversation, lastMessageId))
      .compose(snapshot ->
        keys
          .prepare(author.id())
          .compose(_ -> db.inTransaction(tx -> make(tx, author, conversationId, snapshot, days)))
      );
  }

  private Future<Snapshot> snapshot(UUID authorId, ConversationDetail conversation, UUID last) {
    List<ConversationDetail.Message> path = Snapshot.path(conversation, last);
    Set<UUID> files = path
      .stream()
      .flatMap(m -> m.files().stream())
      .map(FileView::id)
      .collect(Collectors.toSet());
    Future<Map<UUID, FileText>> texts = files.isEmpty()
      ? Future.succeededFuture(Map.of())
      : conversations.files(authorId, conversation.id(), files);
    return texts.map(found -> Snapshot.of(conversation.title(), path, found));
  }

  private Future<Share> make(
    Tx tx,
    Party author,
    UUID conversationId,
    Snapshot snapshot,
    int days
  ) {
    UUID id = Ids.next();
    return room(tx, author.id())
      .compose(_ -> keys.forNewShare(tx, id, author.id()))
      .compose(key -> add(tx, id, key, author, conversationId, snapshot, days))
      .compose(share ->
        audit
          .append(
            tx,
            event(author, "share.create")
              .target("share", id)
              .details(
                Map.of(
                  "conversation",
                  conversationId.toString(),
                  "messages",
                  snapshot.messages().size(),
                  "days",
                  days
                )
              )
          )
          .map(share)
      );
  }

  private static Future<Void> room(Tx tx, UUID authorId) {
    return query(tx, LOCK, authorId.toString())
      .compose(_ -> query(tx, COUNT, authorId))
      .compose(rows -> {
        Row counts = rows.iterator().next();
        return Math.max(counts.getLong("open"), counts.getLong("today")) >= MOST
          ? Future.failedFuture(
            new AtriumException(ErrorCode.TOO_MANY_SHARES, Map.of("limit", MOST))
          )
          : Future.succeededFuture();
      });
  }

  private static Future<Share> add(
    Tx tx,
    UUID id,
    DataKey key,
    Party author,
    UUID conversationId,
    Snapshot snapshot,
    int days
  ) {
    ShareAddress address = ShareAddress.create();
    ShareSeal seal = new ShareSeal(key, id);
    return query(
      tx,
      ADD,
      id,
      author.id(),
      conversationId,
      Buffer.buffer(address.hash()),
      Buffer.buffer(seal.address(address)),
      Buffer.buffer(seal.title(snapshot.title())),
      Buffer.buffer(seal.content(snapshot)),
      key.id(),
      snapshot.messages().size(),
      days
    ).compose(rows -> {
        // Deleted since it was read.
        if (rows.size() == 0) {
          return notFound("conversation");
        }
        Row row = rows.iterator().next();
        return Future.succeededFuture(
          new Share(
            id,
            address,
            conversationId,
            snapshot.title(),
            row.getOffsetDateTime("created_at").toInstant(),
            row.getOffsetDateTime("expires_at").toInstant()
          )
        );
      });
  }

  @Override
  public Future<List<Share>> list(UUID authorId, Optional<UUID> conversationId) {
    return db.read(tx ->
      query(tx, LIST, authorId, conversationId.orElse(null), MOST).compose(rows -> {
          Set<UUID> wanted = new HashSet<>();
          rows.forEach(row -> wanted.add(row.getUUID("key_id")));
          return keys
            .byIds(tx, wanted, authorId)
            .map(byId -> {
              List<Share> all = new ArrayList<>();
              rows.forEach(row -> all.add(share(row, byId.get(row.getUUID("key_id")))));
              return all;
            });
        })
    );
  }

  static Share share(Row row, DataKey key) {
    UUID id = row.getUUID("id");
    ShareSeal seal = new ShareSeal(key, id);
    return new Share(
      id,
      seal.openAddress(bytes(row, "address")),
      row.getUUID("conversation_id"),
      seal.openTitle(bytes(row, "title")),
      row.getOffsetDateTime("created_at").toInstant(),
      row.getOffsetDateTime("expires_at").toInstant()
    );
  }

  @Override
  public Future<Void> end(Party author, UUID shareId) {
    return db.inTransaction(tx ->
      query(tx, END, shareId, author.id()).compose(ended ->
        ended.rowCount() == 0
          ? notFound("share")
          : audit.append(tx, event(author, "share.end").target("share", shareId))
      )
    );
  }

  @Override
  public Future<SharedConversation> read(Party reader, ShareAddress address) {
    Buffer hash = Buffer.buffer(address.hash());
    return requireFeature(reader)
      .compose(_ -> db.read(tx -> query(tx, AUTHOR, hash)))
      .compose(rows ->
        rows.size() == 0
          ? Future.succeededFuture(false)
          : permissions.mayUse(rows.iterator().next().getUUID(0), FEATURE)
      )
      .compose(open -> open ? db.inTransaction(tx -> read(tx, reader, hash)) : notFound("share"))
      .recover(e ->
        // Its key is gone, perhaps: for a reader it is the share that is not there.
        e instanceof AtriumException a && a.code() == ErrorCode.NOT_FOUND
          ? notFound("share")
          : Future.failedFuture(e)
      );
  }

  private Future<SharedConversation> read(Tx tx, Party reader, Buffer hash) {
    return query(tx, READ, hash).compose(rows -> {
        if (rows.size() == 0) {
          return notFound("share");
        }
        Row row = rows.iterator().next();
        UUID keyId = row.getUUID("key_id");
        UUID author = row.getUUID("author_id");
        boolean own = author.equals(reader.id());
        return keys
          .byIds(tx, Set.of(keyId), author)
          .map(byId -> shared(row, byId.get(keyId), own))
          .compose(shared ->
            own
              ? Future.succeededFuture(shared)
              : audit
                .append(
                  tx,
                  event(reader, "share.read")
                    .target("user", author)
                    .details(Map.of("share", row.getUUID("id").toString()))
                )
                .map(shared)
          );
      });
  }

  private static SharedConversation shared(Row row, DataKey key, boolean own) {
    ShareSeal seal = new ShareSeal(key, row.getUUID("id"));
    return new SharedConversation(
      seal.openTitle(bytes(row, "title")),
      row.getString("author_name"),
      own,
      row.getOffsetDateTime("created_at").toInstant(),
      row.getOffsetDateTime("expires_at").toInstant(),
      seal.openContent(bytes(row, "content"))
    );
  }
}
