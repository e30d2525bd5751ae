package dev.atrium.hub.auth;

import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.audit.AuditEvent.Actor;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.auth.PgExternals.Outcome;
import dev.atrium.hub.config.IdentityConfig;
import dev.atrium.hub.config.LdapConfig;
import dev.atrium.hub.config.OidcConfig;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets people in for whom a directory has vouched, as the users that they are here, with what the
 * directory's groups give them; see docs/identity.md.
 */
final class DirectoryAdmission {

  private static final Logger log = LoggerFactory.getLogger(DirectoryAdmission.class);

  private final Db db;
  private final AuditTrail audit;
  private final IdentityConfig identity;
  private final Sessions sessions;
  private final PgExternals externals = new PgExternals();
  /** What was said to be missing: once is enough. */
  private final Set<String> missed = ConcurrentHashMap.newKeySet();

  DirectoryAdmission(Db db, AuditTrail audit, IdentityConfig identity, Sessions sessions) {
    this.db = db;
    this.audit = audit;
    this.identity = identity;
    this.sessions = sessions;
  }

  /** Opens a session; empty if they may not come in. */
  Future<Optional<SignedIn>> admit(ExternalIdentity who, Peer peer) {
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
          var userId = outcome.userId().orElseThrow();
          return recordChanges(tx, who, outcome)
            .compose(_ ->
              sessions.open(tx, userId, outcome.name(), who.kind().code(), who.idToken(), peer)
            )
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
}
