package dev.atrium.hub.auth;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.audit.AuditEvent.Actor;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.auth.PgAccounts.Account;
import dev.atrium.hub.config.IdentityConfig;
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
  private static final Duration RELOAD_KEYS = Duration.ofHours(1);

  private final Db db;
  private final AuditTrail audit;
  private final Vertx vertx;
  private final long reloading;
  private final AccessTokens tokens;
  private final SignInGuard guard;
  private final HashQueue hashes;
  private final CallerCache callers;
  private final PgAccounts accounts = new PgAccounts();
  private final Sessions sessions;
  private final CallerLookups lookups;
  private final ApiKeys keys;
  private final Optional<LdapSignIn> ldap;
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
    this.db = db;
    this.audit = audit;
    this.vertx = vertx;
    this.reloading = vertx.setPeriodic(RELOAD_KEYS.toMillis(), _ ->
      tokens.reload().onFailure(e -> log.warn("signing keys not reloaded: {}", e.toString()))
    );
    this.tokens = tokens;
    this.guard = new SignInGuard(config, audit);
    this.hashes = new HashQueue(vertx, config);
    this.callers = new CallerCache(config.callerCache());
    this.sessions = new Sessions(
      db,
      audit,
      config,
      tokens,
      callers,
      accounts,
      new PgSignOutHints(master)
    );
    this.lookups = new CallerLookups(vertx, db, accounts);
    this.keys = keys;
    var directories = new DirectoryAdmission(db, audit, identity, sessions);
    this.ldap = identity.ldap().map(c -> new LdapSignIn(vertx, new Ldap(vertx, c), directories));
    this.oidc = identity
      .oidc()
      .map(c ->
        new OidcSignIn(vertx, c, master, clock, new SignInGuard(config, audit), (who, peer) ->
          signInByProvider(directories, who, peer)
        )
      );
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
    var signing = new PgSigningKeys(vertx, db, master, audit);
    return AccessTokens.load(vertx, signing, config.accessTtl(), clock).compose(tokens -> {
        return ApiKeys.load(db, master, audit).map(keys ->
          new LocalAuthService(vertx, db, audit, config, tokens, keys, identity, master, clock)
        );
      });
  }

  @Override
  public Future<Void> close() {
    vertx.cancelTimer(reloading);
    return Future.succeededFuture();
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
                : ldap(account, wanted, password, peer).compose(signedIn ->
                  signedIn
                    .map(Future::succeededFuture)
                    .orElseGet(() -> refuse("session.sign_in", account, peer.address()))
                )
            )
        )
    );
  }

  private Future<Optional<SignedIn>> ldap(
    Optional<Account> account,
    String name,
    String password,
    Peer peer
  ) {
    return ldap
      .map(directory -> directory.signIn(account.isPresent(), name, password, peer))
      .orElseGet(() -> Future.succeededFuture(Optional.empty()));
  }

  private static Future<SignedIn> signInByProvider(
    DirectoryAdmission directories,
    ExternalIdentity who,
    Peer peer
  ) {
    return directories
      .admit(who, peer)
      .compose(signedIn ->
        signedIn
          .map(Future::succeededFuture)
          .orElseGet(() -> Future.failedFuture(new AtriumException(ErrorCode.SIGN_IN_REFUSED)))
      );
  }

  private Future<SignedIn> open(Tx tx, Account account, Peer peer) {
    return accounts
      .passwordUsed(tx, account.userId())
      .compose(_ ->
        sessions.open(tx, account.userId(), account.name(), "password", Optional.empty(), peer)
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

  @Override
  public Future<SignedIn> refresh(String refreshToken, String address) {
    return sessions.refresh(refreshToken, address);
  }

  @Override
  public Optional<OidcSignIn> oidc() {
    return oidc;
  }

  @Override
  public Future<Optional<SignedOut>> signOut(String refreshToken) {
    return sessions.signOut(refreshToken);
  }

  @Override
  public Future<Void> signOut(Caller caller) {
    return sessions.signOut(caller);
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
    return db
      .inTransaction(tx ->
        accounts
          .setPassword(tx, caller.userId(), hash, false)
          .compose(_ -> sessions.keepOnly(tx, caller, address))
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
    return sessions.list(caller);
  }

  @Override
  public Future<Void> endSession(Caller caller, UUID sessionId, String address) {
    return sessions.end(caller, sessionId, address);
  }

  @Override
  public Future<Integer> endOtherSessions(Caller caller, String address) {
    return sessions.endOthers(caller, address);
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
    return new FirstAdministrator(db, audit, accounts, hashes).ensure(oneTimePassword);
  }

  private static <T> Future<T> expired() {
    return Future.failedFuture(new AtriumException(ErrorCode.SESSION_EXPIRED));
  }

  private static <T> Future<T> wrongCredentials() {
    return Future.failedFuture(new AtriumException(ErrorCode.WRONG_CREDENTIALS));
  }
}
