package dev.atrium.hub.auth;

import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.audit.AuditEvent.Actor;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whoever administers a fresh installation: made by its first hub, with a password for one time. */
final class FirstAdministrator {

  private static final Logger log = LoggerFactory.getLogger(FirstAdministrator.class);

  private final Db db;
  private final AuditTrail audit;
  private final PgAccounts accounts;
  private final HashQueue hashes;

  FirstAdministrator(Db db, AuditTrail audit, PgAccounts accounts, HashQueue hashes) {
    this.db = db;
    this.audit = audit;
    this.accounts = accounts;
    this.hashes = hashes;
  }

  /** {@link AuthService#ensureFirstAdministrator}. */
  Future<Boolean> ensure(Optional<String> oneTimePassword) {
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
}
