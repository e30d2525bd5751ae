package dev.atrium.hub.auth;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.audit.AuditEvent.Actor;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.auth.PgAccounts.Account;
import dev.atrium.hub.auth.PgExternals.Outcome;
import dev.atrium.hub.auth.PgSessions.Presented;
import dev.atrium.hub.auth.PgSessions.Session;
import dev.atrium.hub.config.IdentityConfig;
import dev.atrium.hub.config.LdapConfig;
import dev.atrium.hub.config.OidcConfig;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import dev.atrium.policy.PasswordRules;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link AuthService} over the accounts of this installation: with passwords that it keeps itself, and
 * with those that a directory knows.
 */
final class LocalAuthService implements AuthService {

  private static final Logger log = LoggerFactory.getLogger(LocalAuthService.class);
  private static final Set<String> LOCALES = Set.of("zh", "en");
  private static final int LONGEST_NAME = 100;
  private static final Duration REFUSED_IN_STEPS_OF = Duration.ofMillis(500);
  private static final Duration RELOAD_KEYS = Duration.ofHours(1);

  private final Vertx vertx;
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
  private final IdentityConfig identity;
  private final PgExternals externals = new PgExternals();
  /** What was said to be missing: once is enough. */
  private final Set<String> missed = ConcurrentHashMap.newKeySet();
  private final Optional<Ldap> ldap;
  private final Optional<OidcSignIn> oidc;

  private LocalAuthService(
    Vertx vertx,
    Db db,
    AuditTrail audit,
    AuthConfig config,
    AccessTokens tokens,
    ApiKeys keys,
    IdentityConfig identity,
    MasterKey master,
    InstantSource clock
  ) {
    this.vertx = vertx;
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
    this.identity = identity;
    this.ldap = identity.ldap().map(c -> new Ldap(vertx, c));
    this.oidc = identity
      .oidc()
      .map(c -> new OidcSignIn(vertx, c, master, clock, this::signInByProvider));
  }

  static Future<AuthService> start(
    Vertx vertx,
    Db db,
    MasterKey master,
    AuditTrail audit,
    AuthConfig config,
    IdentityConfig identity,
    InstantSource clock
  ) {
    var signing = new PgSigningKeys(db, master, audit);
    return AccessTokens.load(vertx, signing, config.accessTtl(), clock).compose(tokens -> {
        vertx.setPeriodic(RELOAD_KEYS.toMillis(), _ ->
          tokens.reload().onFailure(e -> log.warn("signing keys not reloaded: {}", e.toString()))
        );
        return ApiKeys.load(db, master, audit).map(keys ->
          new LocalAuthService(vertx, db, audit, config, tokens, keys, identity, master, clock)
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
                ? db.inTransaction(tx -> open(tx, account.get(), peer))
                : otherwise(account, wanted, password, peer)
            )
        )
    );
  }

  /** What is left when the password is none of ours: the directory, if there is one. */
  private Future<SignedIn> otherwise(
    Optional<Account> account,
    String name,
    String password,
    Peer peer
  ) {
    if (ldap.isEmpty()) {
      return refuse("session.sign_in", account, peer.address());
    }
    var since = System.nanoTime();
    // A local name takes the same way, so that nobody can tell it from others; but its password, which
    // may be nearly right, is not shown to the directory.
    Future<Optional<ExternalIdentity>> found = account.isPresent()
      ? ldap.get().pretend().map(Optional.empty())
      : ldap.get().check(name, password);
    return found
      .compose(who ->
        who.isPresent()
          ? admit(who.get(), peer)
          : Future.succeededFuture(Optional.<SignedIn>empty())
      )
      .compose(signedIn ->
        signedIn.isPresent()
          ? Future.succeededFuture(signedIn.get())
          : late(since).compose(_ -> refuse("session.sign_in", account, peer.address()))
      );
  }

  /** A directory is faster with a name that it does not know; this hides the difference. */
  private Future<Void> late(long since) {
    var step = REFUSED_IN_STEPS_OF.toMillis();
    var gone = Duration.ofNanos(System.nanoTime() - since).toMillis();
    return vertx.timer(step - (gone % step), TimeUnit.MILLISECONDS).mapEmpty();
  }

  private Future<SignedIn> signInByProvider(ExternalIdentity who, Peer peer) {
    return admit(who, peer).compose(signedIn ->
      signedIn
        .map(Future::succeededFuture)
        .orElseGet(() -> Future.failedFuture(new AtriumException(ErrorCode.SIGN_IN_REFUSED)))
    );
  }

  /** Lets somebody in for whom a directory has vouched; empty if they may not come in. */
  private Future<Optional<SignedIn>> admit(ExternalIdentity who, Peer peer) {
    var create = who.kind() == ExternalIdentity.Kind.OIDC
      ? identity.oidc().map(OidcConfig::createUsers)
      : identity.ldap().map(LdapConfig::createUsers);
    return db.inTransaction(tx ->
      externals
        .signIn(tx, who, create.orElse(false), identity.map())
        .compose(outcome -> {
          outcome
            .missing()
            .filter(missed::add)
            .ifPresent(m ->
              log.warn("ATRIUM_DIRECTORY_MAP_FILE speaks of what is not there: {}", m)
            );
          if (!outcome.mayComeIn()) {
            return notLetIn(who, outcome, peer);
          }
          var account = new Account(outcome.userId().orElseThrow(), outcome.name(), "", true);
          return recordChanges(tx, who, outcome)
            .compose(_ -> open(tx, account, who.kind().code(), peer))
            .map(Optional::of);
        })
    );
  }

  private Future<Optional<SignedIn>> notLetIn(ExternalIdentity who, Outcome outcome, Peer peer) {
    var actor = outcome
      .userId()
      .map(id -> Actor.claiming(id, outcome.name()))
      .orElse(Actor.system());
    audit.refused(
      AuditEvent.refused(actor, "session.sign_in")
        .from(peer.address())
        .details(Map.of("provider", who.kind().code(), "reason", outcome.outcome()))
    );
    return Future.succeededFuture(Optional.empty());
  }

  private Future<Void> recordChanges(Tx tx, ExternalIdentity who, Outcome outcome) {
    var userId = outcome.userId().orElseThrow();
    Future<Void> recorded = Future.succeededFuture();
    if (!outcome.outcome().equals("known")) {
      var event = AuditEvent.ok(Actor.system(), "user." + outcome.outcome())
        .target("user", userId)
        .details(Map.of("provider", who.kind().code()))
        .personal(userId, Map.of("after.name", outcome.name()));
      recorded = audit.append(tx, event);
    }
    if (outcome.before().equals(outcome.after())) {
      return recorded;
    }
    var event = AuditEvent.ok(Actor.system(), "user.directory")
      .target("user", userId)
      .changed(outcome.before(), outcome.after());
    return recorded.compose(_ -> audit.append(tx, event));
  }

  private Future<SignedIn> open(Tx tx, Account account, Peer peer) {
    return accounts
      .passwordUsed(tx, account.userId())
      .compose(_ -> open(tx, account, "password", peer));
  }

  private Future<SignedIn> open(Tx tx, Account account, String provider, Peer peer) {
    var event = AuditEvent.ok(Actor.user(account.userId(), account.name()), "session.sign_in");
    return sessions
      .open(tx, account.userId(), peer, provider)
      .compose(session ->
        audit
          .append(
            tx,
            event
              .target("session", session.id())
              .from(peer.address())
              .details(Map.of("provider", provider))
          )
          .compose(_ -> sessions.addToken(tx, session.id()))
          .compose(refreshToken -> signedIn(tx, session, refreshToken))
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
  public Optional<OidcSignIn> oidc() {
    return oidc;
  }

  @Override
  public Future<Optional<String>> signOut(String refreshToken) {
    return db.inTransaction(tx ->
      sessions
        .ofToken(tx, refreshToken)
        .compose(vouched ->
          vouched.isPresent()
            ? end(tx, vouched.get().session()).map(Optional.of(vouched.get().provider()))
            : Future.succeededFuture(Optional.empty())
        )
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

  @Override
  public Future<Set<UUID>> doubtful(Collection<Caller> asked) {
    Set<UUID> sessionIds = new HashSet<>();
    Set<UUID> doubtful = new HashSet<>();
    asked.forEach(caller -> (caller.byKey() ? doubtful : sessionIds).add(caller.sessionId()));
    if (sessionIds.isEmpty()) {
      return Future.succeededFuture(doubtful);
    }
    return db
      .read(tx -> accounts.ended(tx, sessionIds))
      .map(ended -> {
        doubtful.addAll(ended);
        return doubtful;
      });
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
