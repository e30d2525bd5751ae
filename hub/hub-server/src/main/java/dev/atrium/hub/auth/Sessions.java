package dev.atrium.hub.auth;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.audit.AuditEvent.Actor;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.auth.PgSessions.Presented;
import dev.atrium.hub.auth.PgSessions.Session;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens, renews and ends sessions, each with its audit record. Who may come in is decided before. */
final class Sessions {

  private static final Logger log = LoggerFactory.getLogger(Sessions.class);

  private final Db db;
  private final AuditTrail audit;
  private final AuthConfig config;
  private final AccessTokens tokens;
  private final CallerCache callers;
  private final PgAccounts accounts;
  private final PgSessions rows;
  private final PgSignOutHints hints;

  Sessions(
    Db db,
    AuditTrail audit,
    AuthConfig config,
    AccessTokens tokens,
    CallerCache callers,
    PgAccounts accounts,
    PgSignOutHints hints
  ) {
    this.db = db;
    this.audit = audit;
    this.config = config;
    this.tokens = tokens;
    this.callers = callers;
    this.accounts = accounts;
    this.rows = new PgSessions(config);
    this.hints = hints;
  }

  /**
   * Opens one.
   *
   * @param name as the user is called here
   * @param provider who vouched for the user
   * @param idToken what that provider signed, to be shown to it at the end
   */
  Future<SignedIn> open(
    Tx tx,
    UUID userId,
    String name,
    String provider,
    Optional<String> idToken,
    Peer peer
  ) {
    var event = AuditEvent.ok(Actor.user(userId, name), "session.sign_in")
      .from(peer.address())
      .details(Map.of("provider", provider));
    return rows
      .open(tx, userId, peer, provider)
      .compose(session ->
        audit
          .append(tx, event.target("session", session.id()))
          .compose(_ -> hints.keep(tx, session.id(), idToken))
          .compose(_ -> rows.addToken(tx, session.id()))
          .compose(refreshToken -> signedIn(tx, session, refreshToken))
      );
  }

  private Future<SignedIn> signedIn(Tx tx, Session session, String refreshToken) {
    return accounts
      .callers(tx, Set.of(session.id()))
      .map(found -> Optional.ofNullable(found.get(session.id())))
      .compose(found ->
        found.isEmpty()
          ? expired()
          : Future.succeededFuture(
            new SignedIn(
              found.get(),
              found.get().displayName(),
              tokens.sign(session.userId(), session.id()),
              config.accessTtl(),
              refreshToken,
              config.refreshTtl()
            )
          )
      );
  }

  /** {@link AuthService#refresh}. */
  Future<SignedIn> refresh(String refreshToken, String address) {
    return db
      .inTransaction(tx ->
        rows
          .present(tx, refreshToken)
          .compose(presented ->
            switch (presented) {
              case Presented.Current(var session) -> renew(tx, session, true);
              case Presented.JustReplaced(var session) -> renew(tx, session, false);
              case Presented.Reused(var session) -> endReused(tx, session, address);
              case Presented.Unknown _ -> Future.succeededFuture(Optional.<SignedIn>empty());
            }
          )
      )
      // The end of a misused session must be committed, so it is not a failure of the transaction.
      .compose(result -> result.map(Future::succeededFuture).orElseGet(Sessions::expired));
  }

  private Future<Optional<SignedIn>> renew(Tx tx, Session session, boolean rotate) {
    var token = rotate ? rows.rotate(tx, session.id()) : rows.addToken(tx, session.id());
    return token.compose(t -> signedIn(tx, session, t)).map(Optional::of);
  }

  private Future<Optional<SignedIn>> endReused(Tx tx, Session session, String address) {
    log.warn("an old refresh token of session {} was shown again, the session ends", session.id());
    callers.forget(session.id());
    var event = AuditEvent.refused(Actor.system(), "session.token_reused")
      .target("session", session.id())
      .from(address)
      .details(Map.of("userId", session.userId().toString()));
    return rows
      .revoke(tx, session.id(), "token_reused")
      .compose(_ -> audit.append(tx, event))
      .map(Optional.empty());
  }

  /** {@link AuthService#signOut(String)}. */
  Future<Optional<SignedOut>> signOut(String refreshToken) {
    return db.inTransaction(tx ->
      rows
        .ofToken(tx, refreshToken)
        .compose(vouched ->
          vouched.isEmpty()
            ? Future.succeededFuture(Optional.empty())
            : hints
              .take(tx, vouched.get().session().id())
              .compose(idToken ->
                end(tx, vouched.get().session()).map(
                  Optional.of(new SignedOut(vouched.get().provider(), idToken))
                )
              )
        )
    );
  }

  /** {@link AuthService#signOut(Caller)}. */
  Future<Void> signOut(Caller caller) {
    return db.inTransaction(tx -> end(tx, of(caller)));
  }

  private Future<Void> end(Tx tx, Session session) {
    callers.forget(session.id());
    var event = AuditEvent.ok(Actor.user(session.userId()), "session.sign_out").target(
      "session",
      session.id()
    );
    return rows
      .revoke(tx, session.id(), "signed_out")
      .compose(ended -> ended ? audit.append(tx, event) : Future.succeededFuture());
  }

  /** Renews the caller's and ends all others, because the password is another now. */
  Future<SignedIn> keepOnly(Tx tx, Caller caller, String address) {
    var session = of(caller);
    var event = AuditEvent.ok(Actor.user(caller.userId(), caller.name()), "password.change")
      .target("user", caller.userId())
      .from(address);
    return rows
      .revokeOthers(tx, session, "password_changed")
      .compose(ended -> audit.append(tx, event.details(Map.of("sessionsEnded", ended))))
      .compose(_ -> rows.rotate(tx, session.id()))
      .compose(refreshToken -> signedIn(tx, session, refreshToken));
  }

  /** {@link AuthService#sessions}. */
  Future<List<OpenSession>> list(Caller caller) {
    return db.read(tx -> rows.list(tx, of(caller)));
  }

  /** {@link AuthService#endSession}. */
  Future<Void> end(Caller caller, UUID sessionId, String address) {
    callers.forget(sessionId);
    var event = AuditEvent.ok(Actor.user(caller.userId(), caller.name()), "session.end");
    return db.inTransaction(tx ->
      rows
        .revokeOwn(tx, sessionId, caller.userId())
        .compose(ended ->
          ended
            ? audit.append(tx, event.target("session", sessionId).from(address))
            : Future.failedFuture(
              new AtriumException(ErrorCode.NOT_FOUND, Map.of("what", "session"))
            )
        )
    );
  }

  /** {@link AuthService#endOtherSessions}. */
  Future<Integer> endOthers(Caller caller, String address) {
    var event = AuditEvent.ok(Actor.user(caller.userId(), caller.name()), "session.end")
      .target("user", caller.userId())
      .from(address);
    return db
      .inTransaction(tx ->
        rows
          .revokeOthers(tx, of(caller), "signed_out_elsewhere")
          .compose(ended ->
            audit.append(tx, event.details(Map.of("sessionsEnded", ended))).map(ended)
          )
      )
      .onSuccess(_ -> callers.forgetUser(caller.userId()));
  }

  private static Session of(Caller caller) {
    return new Session(caller.sessionId(), caller.userId());
  }

  private static <T> Future<T> expired() {
    return Future.failedFuture(new AtriumException(ErrorCode.SESSION_EXPIRED));
  }
}
