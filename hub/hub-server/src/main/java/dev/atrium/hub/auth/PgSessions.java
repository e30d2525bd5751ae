package dev.atrium.hub.auth;

import dev.atrium.hub.db.Ids;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Sessions and their refresh tokens. */
final class PgSessions {

  /** Whose session it is. */
  record Session(UUID id, UUID userId) {}

  /** A session and who had vouched for its user. */
  record Vouched(Session session, String provider) {}

  /** What a refresh token turned out to be. */
  sealed interface Presented {
    /** No token of ours, or of a session that has ended. */
    record Unknown() implements Presented {}

    /** The current one. */
    record Current(Session session) implements Presented {}

    /** Replaced a moment ago: another tab was faster. */
    record JustReplaced(Session session) implements Presented {}

    /** Replaced long ago: either this one was stolen, or the one that replaced it. */
    record Reused(Session session) implements Presented {}
  }

  private static final String OPEN = """
    INSERT INTO user_session (id, user_id, expires_at, address, user_agent, provider)
    VALUES ($1, $2, clock_timestamp() + $3 * interval '1 second', $4, $5, $6)
    """;
  private static final String ADD_TOKEN =
    "INSERT INTO refresh_token (token_hash, session_id) VALUES ($1, $2)";

  /** The lock comes first and alone: what is read with it may be older than the lock. */
  private static final String LOCK = """
    SELECT s.id, s.user_id, s.revoked_at IS NULL AND s.expires_at > clock_timestamp() AS alive
    FROM user_session s
    WHERE s.id = (SELECT session_id FROM refresh_token WHERE token_hash = $1) FOR UPDATE
    """;
  private static final String TOKEN = """
    SELECT replaced_at IS NOT NULL AS replaced,
      replaced_at < clock_timestamp() - $2 * interval '1 millisecond' AS late
    FROM refresh_token WHERE token_hash = $1
    """;
  private static final String REPLACE = """
    WITH old AS (
      DELETE FROM refresh_token
      WHERE session_id = $1 AND replaced_at < clock_timestamp() - interval '1 day'
    )
    UPDATE refresh_token SET replaced_at = clock_timestamp()
    WHERE session_id = $1 AND replaced_at IS NULL
    """;
  private static final String TOUCH = """
    UPDATE user_session SET refreshed_at = clock_timestamp(),
      expires_at = clock_timestamp() + $2 * interval '1 second' WHERE id = $1
    """;
  private static final String REVOKE = """
    UPDATE user_session SET revoked_at = clock_timestamp(), revoked_reason = $2
    WHERE id = $1 AND revoked_at IS NULL
    """;
  private static final String REVOKE_OTHERS = """
    UPDATE user_session SET revoked_at = clock_timestamp(), revoked_reason = $3
    WHERE user_id = $1 AND id <> $2 AND revoked_at IS NULL AND expires_at > clock_timestamp()
    """;
  private static final String REVOKE_OWN = """
    UPDATE user_session SET revoked_at = clock_timestamp(), revoked_reason = 'signed_out_elsewhere'
    WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL AND expires_at > clock_timestamp()
    """;

  /** More than anybody can tell apart; the newest are shown. */
  private static final String LIST = """
    SELECT id, created_at, refreshed_at, provider, address, user_agent FROM user_session
    WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > clock_timestamp()
    ORDER BY refreshed_at DESC, id DESC LIMIT 200
    """;

  private final AuthConfig config;

  PgSessions(AuthConfig config) {
    this.config = config;
  }

  Future<Session> open(Tx tx, UUID userId, Peer peer, String provider) {
    var id = Ids.next();
    var life = config.refreshTtl().toSeconds();
    var agent = peer.userAgent().orElse(null);
    return query(tx, OPEN, id, userId, life, peer.address(), agent, provider).map(_ ->
      new Session(id, userId)
    );
  }

  /** The sessions of a user that have not ended, the one used last first. */
  Future<List<OpenSession>> list(Tx tx, Session asking) {
    return query(tx, LIST, asking.userId()).map(rows -> {
        List<OpenSession> all = new ArrayList<>();
        rows.forEach(row ->
          all.add(
            new OpenSession(
              row.getUUID("id"),
              row.getOffsetDateTime("created_at").toInstant(),
              row.getOffsetDateTime("refreshed_at").toInstant(),
              row.getString("provider"),
              Optional.ofNullable(row.getString("address")),
              Optional.ofNullable(row.getString("user_agent")),
              row.getUUID("id").equals(asking.id())
            )
          )
        );
        return List.copyOf(all);
      });
  }

  /** Looks a refresh token up and holds its session until the transaction ends. */
  Future<Presented> present(Tx tx, String refreshToken) {
    var hash = Buffer.buffer(Secrets.hash(refreshToken));
    return query(tx, LOCK, hash).compose(rows -> {
        if (rows.size() == 0 || !rows.iterator().next().getBoolean("alive")) {
          return Future.succeededFuture(new Presented.Unknown());
        }
        var row = rows.iterator().next();
        var session = new Session(row.getUUID("id"), row.getUUID("user_id"));
        return query(tx, TOKEN, hash, config.refreshGrace().toMillis()).map(tokens ->
          kind(tokens, session)
        );
      });
  }

  private static Presented kind(RowSet<Row> tokens, Session session) {
    if (tokens.size() == 0) {
      return new Presented.Unknown();
    }
    var token = tokens.iterator().next();
    if (!token.getBoolean("replaced")) {
      return new Presented.Current(session);
    }
    return token.getBoolean("late")
      ? new Presented.Reused(session)
      : new Presented.JustReplaced(session);
  }

  /** Gives out a token beside those that are there. */
  Future<String> addToken(Tx tx, UUID sessionId) {
    var token = Secrets.newToken();
    return query(tx, ADD_TOKEN, Buffer.buffer(Secrets.hash(token)), sessionId).map(token);
  }

  /** Gives out a token in place of those that are there. */
  Future<String> rotate(Tx tx, UUID sessionId) {
    Duration ttl = config.refreshTtl();
    return query(tx, REPLACE, sessionId)
      .compose(_ -> query(tx, TOUCH, sessionId, ttl.toSeconds()))
      .compose(_ -> addToken(tx, sessionId));
  }

  /** Ends a session; whether it had not ended before. */
  Future<Boolean> revoke(Tx tx, UUID sessionId, String reason) {
    return query(tx, REVOKE, sessionId, reason).map(rows -> rows.rowCount() == 1);
  }

  /** Ends a session of this user; whether there was one. */
  Future<Boolean> revokeOwn(Tx tx, UUID sessionId, UUID userId) {
    return query(tx, REVOKE_OWN, sessionId, userId).map(rows -> rows.rowCount() == 1);
  }

  Future<Integer> revokeOthers(Tx tx, Session kept, String reason) {
    return query(tx, REVOKE_OTHERS, kept.userId(), kept.id(), reason).map(RowSet::rowCount);
  }

  /** The session of a token, whatever became of the token. */
  Future<Optional<Vouched>> ofToken(Tx tx, String refreshToken) {
    var sql = """
      SELECT s.id, s.user_id, s.provider FROM user_session s JOIN refresh_token t ON t.session_id = s.id
      WHERE t.token_hash = $1
      """;
    return query(tx, sql, Buffer.buffer(Secrets.hash(refreshToken))).map(rows -> {
        if (rows.size() == 0) {
          return Optional.empty();
        }
        var row = rows.iterator().next();
        var session = new Session(row.getUUID("id"), row.getUUID("user_id"));
        return Optional.of(new Vouched(session, row.getString("provider")));
      });
  }

  private static Future<RowSet<Row>> query(Tx tx, String sql, Object... values) {
    return tx.sql().preparedQuery(sql).execute(Tuple.from(values));
  }
}
