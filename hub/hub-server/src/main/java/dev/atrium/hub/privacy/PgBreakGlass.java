package dev.atrium.hub.privacy;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.conversation.Archive;
import dev.atrium.hub.conversation.ConversationDetail;
import dev.atrium.hub.conversation.FileText;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/** {@link BreakGlass} over PostgreSQL. */
final class PgBreakGlass implements BreakGlass {

  private static final int PAGE = 50;
  private static final String ASK = """
    INSERT INTO break_glass (owner_id, requested_by, reason, minutes)
    SELECT id, $2, $3, $4 FROM app_user WHERE lower(name) = lower($1) AND id <> $2 AND status <> 'erased'
    RETURNING id, owner_id
    """;
  private static final String APPROVE = """
    UPDATE break_glass SET approved_by = $2, approved_at = now(),
      expires_at = now() + make_interval(mins => minutes)
    WHERE id = $1 AND approved_by IS NULL AND requested_by <> $2 AND owner_id <> $2
      AND requested_at > now() - interval '7 days'
    RETURNING owner_id, expires_at
    """;
  private static final String NOTE = """
    INSERT INTO notice (user_id, kind, args) VALUES ($1, 'break_glass', jsonb_build_object('request', $2::text))
    """;
  private static final String LIST = """
    SELECT b.id, o.name AS owner, r.name AS requester, b.reason, b.minutes, b.requested_at,
      a.name AS approver, b.expires_at
    FROM break_glass b JOIN app_user o ON o.id = b.owner_id JOIN app_user r ON r.id = b.requested_by
    LEFT JOIN app_user a ON a.id = b.approved_by
    ORDER BY b.requested_at DESC LIMIT 100
    """;
  private static final String MAY_READ = """
    SELECT owner_id FROM break_glass
    WHERE id = $1 AND requested_by = $2 AND expires_at > clock_timestamp()
    """;
  private static final String NOTICES = """
    SELECT n.id, r.display_name, b.reason, b.approved_at, b.expires_at
    FROM notice n JOIN break_glass b ON b.id = (n.args->>'request')::uuid
    JOIN app_user r ON r.id = b.requested_by
    WHERE n.user_id = $1 AND n.seen_at IS NULL ORDER BY n.created_at LIMIT 20
    """;
  private static final String SEEN = """
    UPDATE notice SET seen_at = clock_timestamp() WHERE id = $1 AND user_id = $2 AND seen_at IS NULL
    """;

  private final Db db;
  private final Archive archive;
  private final AuditTrail audit;

  PgBreakGlass(Db db, Archive archive, AuditTrail audit) {
    this.db = db;
    this.archive = archive;
    this.audit = audit;
  }

  private static Future<RowSet<Row>> query(Tx tx, String sql, Object... values) {
    return tx.sql().preparedQuery(sql).execute(Tuple.from(values));
  }

  private static <T> Future<T> notFound(String what) {
    return Future.failedFuture(new AtriumException(ErrorCode.NOT_FOUND, Map.of("what", what)));
  }

  private static <T> Future<T> bad(String field, String reason) {
    return Future.failedFuture(
      new AtriumException(ErrorCode.BAD_FIELD, Map.of("field", field, "reason", reason))
    );
  }

  private Future<Void> record(Tx tx, Reader who, String action, UUID owner, UUID request) {
    return record(tx, who, action, owner, Map.of("request", request.toString()));
  }

  private Future<Void> record(
    Tx tx,
    Reader who,
    String action,
    UUID owner,
    Map<String, Object> details
  ) {
    return audit.append(
      tx,
      AuditEvent.ok(AuditEvent.Actor.user(who.id(), who.name()), action)
        .target("user", owner)
        .from(who.address())
        .details(details)
    );
  }

  @Override
  public Future<UUID> request(Reader reader, String userName, String reason, int minutes) {
    String line = reason.replaceAll("[\\s\\p{Cntrl}]+", " ").strip();
    if (line.length() < 10 || line.codePointCount(0, line.length()) > 500) {
      return bad("reason", "must have 10 to 500 characters");
    }
    if (minutes < LEAST_MINUTES || minutes > MOST_MINUTES) {
      return bad("minutes", "must be between " + LEAST_MINUTES + " and " + MOST_MINUTES);
    }
    return db.inTransaction(tx ->
      query(tx, ASK, userName, reader.id(), line, minutes).compose(rows -> {
          if (rows.size() == 0) {
            return notFound("user");
          }
          Row row = rows.iterator().next();
          UUID id = row.getUUID("id");
          return record(tx, reader, "break_glass.request", row.getUUID("owner_id"), id).map(id);
        })
    );
  }

  @Override
  public Future<Instant> approve(Reader approver, UUID request) {
    return db.inTransaction(tx ->
      query(tx, APPROVE, request, approver.id()).compose(rows -> {
          if (rows.size() == 0) {
            return notFound("request");
          }
          Row row = rows.iterator().next();
          UUID owner = row.getUUID("owner_id");
          return query(tx, NOTE, owner, request.toString())
            .compose(_ -> record(tx, approver, "break_glass.approve", owner, request))
            .map(row.getOffsetDateTime("expires_at").toInstant());
        })
    );
  }

  @Override
  public Future<List<Request>> list() {
    return rows(LIST, PgBreakGlass::request);
  }

  private static Request request(Row row) {
    return new Request(
      row.getUUID("id"),
      row.getString("owner"),
      row.getString("requester"),
      row.getString("reason"),
      row.getInteger("minutes"),
      row.getOffsetDateTime("requested_at").toInstant(),
      Optional.ofNullable(row.getString("approver")),
      Optional.ofNullable(row.getOffsetDateTime("expires_at")).map(OffsetDateTime::toInstant)
    );
  }

  private <T> Future<List<T>> rows(String sql, Function<Row, T> read, Object... values) {
    return db
      .read(tx -> query(tx, sql, values))
      .map(rows -> {
        List<T> all = new ArrayList<>();
        rows.forEach(row -> all.add(read.apply(row)));
        return all;
      });
  }

  /** Nobody reads anything before the record of it is committed. */
  private Future<UUID> recorded(Reader reader, UUID request, Map<String, Object> details) {
    return db.inTransaction(tx ->
      query(tx, MAY_READ, request, reader.id()).compose(rows -> {
          if (rows.size() == 0) {
            return notFound("request");
          }
          UUID owner = rows.iterator().next().getUUID(0);
          return record(tx, reader, "break_glass.read", owner, details).map(owner);
        })
    );
  }

  @Override
  public Future<List<Archive.Entry>> conversations(
    Reader reader,
    UUID request,
    Optional<UUID> after
  ) {
    return recorded(
      reader,
      request,
      Map.of("request", request.toString(), "read", "titles")
    ).compose(owner -> archive.list(owner, after, PAGE));
  }

  @Override
  public Future<List<ConversationDetail.Message>> read(
    Reader reader,
    UUID request,
    UUID conversation
  ) {
    return recorded(
      reader,
      request,
      Map.of("request", request.toString(), "read", conversation.toString())
    ).compose(owner -> archive.messages(owner, conversation));
  }

  @Override
  public Future<FileText> file(Reader reader, UUID request, UUID conversation, UUID file) {
    return recorded(
      reader,
      request,
      Map.of(
        "request",
        request.toString(),
        "read",
        conversation.toString(),
        "file",
        file.toString()
      )
    )
      .compose(owner -> archive.files(owner, conversation, Set.of(file)))
      .map(found -> found.get(file));
  }

  @Override
  public Future<List<Notice>> notices(UUID userId) {
    return rows(
      NOTICES,
      row ->
        new Notice(
          row.getUUID("id"),
          row.getString("display_name"),
          row.getString("reason"),
          row.getOffsetDateTime("approved_at").toInstant(),
          row.getOffsetDateTime("expires_at").toInstant()
        ),
      userId
    );
  }

  @Override
  public Future<Void> seen(UUID userId, UUID notice) {
    return db.read(tx -> query(tx, SEEN, notice, userId)).mapEmpty();
  }
}
