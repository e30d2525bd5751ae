package dev.atrium.hub.auth;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.audit.AuditEvent.Actor;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.auth.PgApiKeys.MacSecrets;
import dev.atrium.hub.auth.PgApiKeys.Stored;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.db.Db;
import dev.atrium.policy.ApiKey;
import io.vertx.core.Future;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks API keys. Each use reads the row of the key, so that a revocation holds for the very next
 * request on every hub. A key that was made since the last look is kept as a plain hash by whoever made
 * it; the first hub that sees it replaces the hash by an HMAC.
 */
final class ApiKeys {

  private static final Logger log = LoggerFactory.getLogger(ApiKeys.class);
  private final Db db;
  private final AuditTrail audit;
  private final PgApiKeys keys;
  private volatile MacSecrets secrets;

  private ApiKeys(Db db, AuditTrail audit, PgApiKeys keys) {
    this.db = db;
    this.audit = audit;
    this.keys = keys;
  }

  /** Reads the secrets for HMACs, or makes one. */
  static Future<ApiKeys> load(Db db, MasterKey master, AuditTrail audit) {
    ApiKeys all = new ApiKeys(db, audit, new PgApiKeys(master, audit));
    return all
      .reload()
      .compose(_ -> all.sealNew())
      .map(all);
  }

  private Future<MacSecrets> reload() {
    return db.inTransaction(keys::secrets).onSuccess(read -> secrets = read);
  }

  /** Seals what others have made. */
  Future<Void> sealNew() {
    return db
      .read(keys::unsealed)
      .compose(hashes -> {
        Future<Void> all = Future.succeededFuture();
        for (var entry : hashes.entrySet()) {
          all = all.compose(_ -> seal(entry.getKey(), entry.getValue()));
        }
        return all;
      });
  }

  private Future<Void> seal(UUID id, byte[] hash) {
    MacSecrets now = secrets;
    byte[] mac = ApiKey.mac(now.current(), hash);
    return db.read(tx -> keys.seal(tx, id, mac, now.newest()));
  }

  /** The owner of a key. Fails with {@code KEY_INVALID}, whatever is wrong with it. */
  Future<Caller> authenticate(String text, String address) {
    Optional<ApiKey> key = ApiKey.read(text);
    if (key.isEmpty()) {
      // A typing error, or no key of ours: nobody's, so there is nothing to record.
      return invalid();
    }
    byte[] hash = key.get().hash();
    return db
      .read(tx -> keys.byPrefix(tx, key.get().prefix()))
      .compose(found ->
        found.isEmpty() ? Future.succeededFuture(found) : matching(found.get(), hash)
      )
      .compose(found -> admitted(found, Optional.of(address)));
  }

  /** The same owner as of now. */
  Future<Caller> recheck(Caller caller) {
    return db
      .read(tx -> keys.byId(tx, caller.sessionId()))
      .compose(found -> admitted(found, Optional.empty()));
  }

  private Future<Optional<Stored>> matching(Stored stored, byte[] hash) {
    if (stored.hash().isPresent()) {
      boolean right = MessageDigest.isEqual(stored.hash().get(), hash);
      return right
        ? seal(stored.id(), hash).map(Optional.of(stored))
        : Future.succeededFuture(Optional.empty());
    }
    String kid = stored.macKid().orElseThrow();
    Future<MacSecrets> known = secrets.byKid().containsKey(kid)
      ? Future.succeededFuture(secrets)
      : reload();
    return known.map(all -> {
      byte[] secret = all.byKid().get(kid);
      boolean right =
        secret != null &&
        MessageDigest.isEqual(stored.mac().orElseThrow(), ApiKey.mac(secret, hash));
      return right ? Optional.of(stored) : Optional.empty();
    });
  }

  private Future<Caller> admitted(Optional<Stored> found, Optional<String> address) {
    if (found.isEmpty()) {
      refused(AuditEvent.refused(Actor.system(), "key.use"), "unknown", address);
      return invalid();
    }
    Stored stored = found.get();
    Caller owner = stored.owner();
    if (stored.fault().isPresent()) {
      // Whoever shows the right key is its owner's program, as far as anybody can tell.
      var event = AuditEvent.refused(Actor.user(owner.userId(), owner.name()), "key.use");
      String reason = stored.fault().get().name().toLowerCase(Locale.ROOT);
      refused(event.target("api_key", stored.id()), reason, address);
      return invalid();
    }
    if (stored.stale()) {
      // Nobody waits for it, and a use that is not noted is no reason to refuse it.
      noteUse(stored, address).onFailure(e ->
        log.debug("last use of an API key not noted: {}", e.toString())
      );
    }
    return Future.succeededFuture(owner);
  }

  /** A record for each hour in which it is used: what is done with it has records of its own. */
  private Future<Void> noteUse(Stored stored, Optional<String> address) {
    Caller owner = stored.owner();
    AuditEvent event = AuditEvent.ok(Actor.user(owner.userId(), owner.name()), "key.use").target(
      "api_key",
      stored.id()
    );
    return db.inTransaction(tx ->
      keys
        .used(tx, stored.id())
        .compose(first ->
          first
            ? audit.append(tx, address.map(event::from).orElse(event))
            : Future.succeededFuture()
        )
    );
  }

  private void refused(AuditEvent event, String reason, Optional<String> address) {
    AuditEvent with = event.details(Map.of("reason", reason));
    audit.refused(address.map(with::from).orElse(with));
  }

  private static <T> Future<T> invalid() {
    return Future.failedFuture(new AtriumException(ErrorCode.KEY_INVALID));
  }
}
