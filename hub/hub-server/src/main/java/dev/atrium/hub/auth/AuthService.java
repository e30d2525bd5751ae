package dev.atrium.hub.auth;

import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.config.IdentityConfig;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.db.Db;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Signing in and staying so. Addresses are those of the network peer, for limits and the audit.
 * Sign-ins, refusals and every end of a session have their audit record.
 */
public interface AuthService {
  /** Reads the signing keys, makes one if there is none, and is ready. */
  static Future<AuthService> start(
    Vertx vertx,
    Db db,
    MasterKey master,
    AuditTrail audit,
    AuthConfig config,
    IdentityConfig identity
  ) {
    return LocalAuthService.start(
      vertx,
      db,
      master,
      audit,
      config,
      identity,
      InstantSource.system()
    );
  }

  /** Signing in with a provider of identities, if one is configured. */
  Optional<OidcSignIn> oidc();

  /**
   * Opens a session. An unknown name, a wrong password and a disabled user give the same {@code
   * WRONG_CREDENTIALS} after the same time, whether or not a directory is asked by LDAP too. {@code
   * TOO_MANY_ATTEMPTS} and {@code OVERLOADED} come before any hashing; {@code IDENTITY_UNAVAILABLE} is said
   * to whoever is not let in while that directory can't be asked.
   */
  Future<SignedIn> signIn(String name, String password, Peer peer);

  /**
   * Exchanges a refresh token for a new pair. The replaced one is good for 30 s more, for a second
   * tab; if it comes later, it was stolen or the new one was, and the whole session ends: {@code
   * SESSION_EXPIRED}, as for an unknown token.
   */
  Future<SignedIn> refresh(String refreshToken, String address);

  /**
   * Ends the session of a refresh token. An unknown token is nobody's, so nothing happens.
   *
   * @return what has ended, if it was one
   */
  Future<Optional<SignedOut>> signOut(String refreshToken);

  /** Ends the caller's session, where the refresh token is not at hand. */
  Future<Void> signOut(Caller caller);

  /**
   * Sets a new password, ends every other session of the user and renews this one. Fails with
   * {@code WRONG_CREDENTIALS} or {@code PASSWORD_TOO_WEAK}; limited as a sign-in is.
   */
  Future<SignedIn> changePassword(Caller caller, String current, String next, String address);

  /**
   * Who shows this access token. Fails with {@code UNAUTHENTICATED} if it is not ours, forged or
   * malformed, with {@code SESSION_EXPIRED} if it has run out or its session has ended. A session
   * that ends is noticed within 2 s.
   */
  Future<Caller> authenticate(String accessToken);

  /**
   * Whose API key this is. Fails with {@code KEY_INVALID}, whatever is wrong with it; a key that is
   * revoked, has expired or whose owner was disabled opens nothing from that moment on.
   */
  Future<Caller> authenticateKey(String key, String address);

  /**
   * The same caller as of now, for connections that outlive an access token. Fails with {@code
   * SESSION_EXPIRED} if the session has ended, {@code KEY_INVALID} if the key may not be used any more.
   */
  Future<Caller> recheck(Caller caller);

  /**
   * The sessions of those of these callers that {@link #recheck} may turn away: whose session has ended,
   * whose user may not come in, and whoever shows an API key. One question for all of them.
   */
  Future<Set<UUID>> doubtful(Collection<Caller> callers);

  /** The caller's sessions that have not ended, the one used last first; at most 200. */
  Future<List<OpenSession>> sessions(Caller caller);

  /** Ends a session of the caller, on every hub within five seconds; {@code NOT_FOUND} if there is none. */
  Future<Void> endSession(Caller caller, UUID sessionId, String address);

  /** Ends all sessions of the caller but the one that asks; how many there were. */
  Future<Integer> endOtherSessions(Caller caller, String address);

  /**
   * Users, roles, groups or API keys may have changed: believes nobody any more without asking, and
   * seals the keys that others have made.
   */
  Future<Void> changed();

  /** Sets the language, {@code zh} or {@code en}; otherwise {@code BAD_FIELD}. */
  Future<Void> setLocale(Caller caller, String locale);

  /**
   * Makes the administrator {@code admin} if there is no user at all. If a one-time password is
   * given and that administrator has not chosen a password yet, it is set to this one.
   *
   * @return whether the one-time password is now the one to sign in with
   */
  Future<Boolean> ensureFirstAdministrator(Optional<String> oneTimePassword);

  /** Looks for new keys no more. Whoever is known stays so. */
  Future<Void> close();
}
