package dev.atrium.hub.auth;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.audit.AuditEvent.Actor;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.auth.PgAccounts.Account;
import dev.atrium.hub.auth.PgSessions.Presented;
import dev.atrium.hub.auth.PgSessions.Session;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import dev.atrium.policy.PasswordRules;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@link AuthService} for accounts that this installation keeps itself. */
final class LocalAuthService implements AuthService {

  private static final Logger log = LoggerFactory.getLogger(LocalAuthService.class);
  private static final Set<String> LOCALES = Set.of("zh", "en");
  private static final int LONGEST_NAME = 100;
  private static final Duration RELOAD_KEYS = Duration.ofHours(1);

  private final Db db;
  private final AuditTrail audit;
  private final AuthConfig config;
  private final AccessTokens tokens;
  private final SignInGuard guard;
  private final HashQueue hashes;
  private final CallerCache callers;
  private final PgAccounts accounts = new PgAccounts();
  private final PgSessions sessions;
  private final CallerLookups lookups;
  private final ApiKeys keys;

  private LocalAuthService(
    Vertx vertx,
    Db db,
    AuditTrail audit,
    AuthConfig config,
    AccessTokens tokens,
    ApiKeys keys
  ) {
    this.db = db;
    this.audit = audit;
    this.config = config;
    this.tokens = tokens;
    this.guard = new SignInGuard(config, audit);
    this.hashes = new HashQueue(vertx, config);
    this.callers = new CallerCache(config.callerCache());
    this.sessions = new PgSessions(config);
    this.lookups = new CallerLookups(vertx, db, accounts);
    this.keys = keys;
  }

  static Future<AuthService> start(
    Vertx vertx,
    Db db,
    MasterKey master,
    AuditTrail audit,
    AuthConfig config,
    InstantSource clock
  ) {
    var signing = new PgSigningKeys(db, master, audit);
    return AccessTokens.load(vertx, signing, config.accessTtl(), clock).compose(tokens -> {
        vertx.setPeriodic(RELOAD_KEYS.toMillis(), _ ->
          tokens.reload().onFailure(e -> log.warn("signing keys not reloaded: {}", e.toString()))
        );
        return ApiKeys.load(db, master, audit).map(keys ->
          new LocalAuthService(vertx, db, audit, config, tokens, keys)
        );
      });
  }

  @Override
  public Future<SignedIn> signIn(String name, String password, Peer peer) {
    var wanted = name.strip();
    if (wanted.isEmpty() || wanted.length() > LONGEST_NAME || !PasswordRules.fits(password)) {
      return wrongCredentials(); // nobody's, whoever asks, so this tells nothing about accounts
    }
    return guard.attempt("session.sign_in", wanted, peer.address(), () ->
      db
        .read(tx -> accounts.byName(tx, wanted))
        .compose(account ->
          hashes
            .verify(password, account.map(Account::passwordHash))
            .compose(right ->
              right && account.get().active()
                ? open(account.get(), peer)
                : refuse("session.sign_in", account, peer.address())
            )
        )
    );
  }

  private Future<SignedIn> open(Account account, Peer peer) {
    var event = AuditEvent.ok(Actor.user(account.userId(), account.name()), "session.sign_in");
    return db.inTransaction(tx ->
      sessions
        .open(tx, account.userId(), peer, "password")
        .compose(session ->
          accounts
            .passwordUsed(tx, account.userId())
            .compose(_ ->
              audit.append(tx, event.target("session", session.id()).from(peer.address()))
            )
            .compose(_ -> sessions.addToken(tx, session.id()))
            .compose(refreshToken -> signedIn(tx, session, refreshToken))
        )
    );
  }

  /** A name that is nobody's is not recorded: people type passwords into the wrong field. */
  private <T> Future<T> refuse(String action, Optional<Account> account, String address) {
    var actor = account.map(a -> Actor.claiming(a.userId(), a.name())).orElse(Actor.system());
    audit.refused(
      AuditEvent.refused(actor, action).from(address).details(Map.of("known", account.isPresent()))
    );
    return wrongCredentials();
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

  @Override
  public Future<SignedIn> refresh(String refreshToken, String address) {
    return db
      .inTransaction(tx ->
        sessions
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
      .compose(result -> result.map(Future::succeededFuture).orElseGet(LocalAuthService::expired));
  }

  private Future<Optional<SignedIn>> renew(Tx tx, Session session, boolean rotate) {
    var token = rotate ? sessions.rotate(tx, session.id()) : sessions.addToken(tx, session.id());
    return token.compose(t -> signedIn(tx, session, t)).map(Optional::of);
  }

  private Future<Optional<SignedIn>> endReused(Tx tx, Session session, String address) {
    log.warn("an old refresh token of session {} was shown again, the session ends", session.id());
    callers.forget(session.id());
    var event = AuditEvent.refused(Actor.system(), "session.token_reused")
      .target("session", session.id())
      .from(address)
      .details(Map.of("userId", session.userId().toString()));
    return sessions
      .revoke(tx, session.id(), "token_reused")
      .compose(_ -> audit.append(tx, event))
      .map(Optional.empty());
  }

  @Override
  public Future<Void> signOut(String refreshToken) {
    return db.inTransaction(tx ->
      sessions
        .ofToken(tx, refreshToken)
        .compose(session -> session.isPresent() ? end(tx, session.get()) : Future.succeededFuture())
    );
  }

  @Override
  public Future<Void> signOut(Caller caller) {
    return db.inTransaction(tx -> end(tx, session(caller)));
  }

  private Future<Void> end(Tx tx, Session session) {
    callers.forget(session.id());
    var event = AuditEvent.ok(Actor.user(session.userId()), "session.sign_out").target(
      "session",
      session.id()
    );
    return sessions
      .revoke(tx, session.id(), "signed_out")
      .compose(ended -> ended ? audit.append(tx, event) : Future.succeededFuture());
  }

  @Override
  public Future<SignedIn> changePassword(
    Caller caller,
    String current,
    String next,
    String address
  ) {
    if (!PasswordRules.accepts(next, current)) {
      return Future.failedFuture(
        new AtriumException(ErrorCode.PASSWORD_TOO_WEAK, Map.of("minimum", PasswordRules.MINIMUM))
      );
    }
    if (!PasswordRules.fits(current)) {
      return wrongCredentials();
    }
    return guard.attempt("password.change", caller.name(), address, () ->
      db
        .read(tx -> accounts.byId(tx, caller.userId()))
        .compose(account ->
          hashes
            .verify(current, account.map(Account::passwordHash))
            .compose(right ->
              right
                ? hashes.hash(next).compose(hash -> replacePassword(caller, hash, address))
                : refuse("password.change", account, address)
            )
        )
    );
  }

  private Future<SignedIn> replacePassword(Caller caller, String hash, String address) {
    var session = session(caller);
    var actor = Actor.user(caller.userId(), caller.name());
    return db
      .inTransaction(tx ->
        accounts
          .setPassword(tx, caller.userId(), hash, false)
          .compose(_ -> sessions.revokeOthers(tx, session, "password_changed"))
          .compose(ended ->
            audit.append(
              tx,
              AuditEvent.ok(actor, "password.change")
                .target("user", caller.userId())
                .from(address)
                .details(Map.of("sessionsEnded", ended))
            )
          )
          .compose(_ -> sessions.rotate(tx, session.id()))
          .compose(refreshToken -> signedIn(tx, session, refreshToken))
      )
      .onSuccess(_ -> callers.forgetUser(caller.userId()));
  }

  @Override
  public Future<Caller> authenticate(String accessToken) {
    return tokens.verify(accessToken).compose(c -> caller(c.userId(), c.sessionId()));
  }

  @Override
  public Future<Caller> authenticateKey(String key, String address) {
    return keys.authenticate(key, address);
  }

  /** Asked anew: what is believed for two seconds would add them to the time between two questions. */
  @Override
  public Future<Caller> recheck(Caller caller) {
    return caller.byKey() ? keys.recheck(caller) : lookUp(caller.userId(), caller.sessionId());
  }

  private Future<Caller> caller(UUID userId, UUID sessionId) {
    var known = callers.find(sessionId);
    return known.isPresent() && known.get().userId().equals(userId)
      ? Future.succeededFuture(known.get())
      : lookUp(userId, sessionId);
  }

  private Future<Caller> lookUp(UUID userId, UUID sessionId) {
    var asked = System.nanoTime();
    return lookups
      .find(sessionId)
      .map(found -> found.filter(caller -> caller.userId().equals(userId)))
      .compose(found -> found.map(Future::succeededFuture).orElseGet(LocalAuthService::expired))
      .onSuccess(caller -> callers.keep(caller, asked));
  }

  @Override
  public Future<List<OpenSession>> sessions(Caller caller) {
    return db.read(tx -> sessions.list(tx, session(caller)));
  }

  @Override
  public Future<Void> endSession(Caller caller, UUID sessionId, String address) {
    callers.forget(sessionId);
    var event = AuditEvent.ok(Actor.user(caller.userId(), caller.name()), "session.end");
    return db.inTransaction(tx ->
      sessions
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

  @Override
  public Future<Integer> endOtherSessions(Caller caller, String address) {
    var event = AuditEvent.ok(Actor.user(caller.userId(), caller.name()), "session.end");
    return db
      .inTransaction(tx ->
        sessions
          .revokeOthers(tx, session(caller), "signed_out_elsewhere")
          .compose(ended ->
            audit
              .append(
                tx,
                event
                  .target("user", caller.userId())
                  .from(address)
                  .details(Map.of("sessionsEnded", ended))
              )
              .map(ended)
          )
      )
      .onSuccess(_ -> callers.forgetUser(caller.userId()));
  }

  private static Session session(Caller caller) {
    return new Session(caller.sessionId(), caller.userId());
  }

  @Override
  public Future<Void> changed() {
    callers.forgetAll();
    return keys.sealNew();
  }

  @Override
  public Future<Void> setLocale(Caller caller, String locale) {
    if (!LOCALES.contains(locale)) {
      return Future.failedFuture(
        new AtriumException(
          ErrorCode.BAD_FIELD,
          Map.of("field", "locale", "reason", "must be zh or en")
        )
      );
    }
    return db
      .inTransaction(tx -> accounts.setLocale(tx, caller.userId(), locale))
      .onSuccess(_ -> callers.forgetUser(caller.userId()));
  }

  @Override
  public Future<Boolean> ensureFirstAdministrator(Optional<String> oneTimePassword) {
    return db
      .read(accounts::firstAdministrator)
      .compose(found -> {
        if (found.isPresent() && found.get().choseAPassword()) {
          return Future.succeededFuture(false);
        }
        if (oneTimePassword.isEmpty()) {
          log.warn("nobody can administer this installation yet: no one-time password was given");
          return Future.succeededFuture(false);
        }
        return hashes
          .hash(oneTimePassword.get())
          .compose(hash -> db.inTransaction(tx -> setOneTimePassword(tx, hash)));
      });
  }

  private Future<Boolean> setOneTimePassword(Tx tx, String hash) {
    return accounts
      .addFirstAdministrator(tx)
      .compose(added -> added.isPresent() ? recordAdded(tx, added.get()) : Future.succeededFuture())
      .compose(_ -> accounts.firstAdministrator(tx))
      .compose(found -> {
        if (found.isEmpty() || found.get().choseAPassword()) {
          return Future.succeededFuture(false);
        }
        var admin = found.get();
        var event = AuditEvent.ok(Actor.system(), "password.one_time");
        return accounts
          .setPassword(tx, admin.userId(), hash, true)
          .compose(_ -> audit.append(tx, event.target("user", admin.userId())))
          .map(true);
      });
  }

  private Future<Void> recordAdded(Tx tx, UUID administrator) {
    var event = AuditEvent.ok(Actor.system(), "user.create").target("user", administrator);
    return audit.append(
      tx,
      event
        .changed(Map.of(), Map.of("role", "administrator"))
        .personal(administrator, Map.of("after.name", "admin"))
    );
  }

  private static <T> Future<T> expired() {
    return Future.failedFuture(new AtriumException(ErrorCode.SESSION_EXPIRED));
  }

  private static <T> Future<T> wrongCredentials() {
    return Future.failedFuture(new AtriumException(ErrorCode.WRONG_CREDENTIALS));
  }
}
