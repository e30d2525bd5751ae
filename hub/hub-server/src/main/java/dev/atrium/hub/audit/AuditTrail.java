package dev.atrium.hub.audit;

import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;

/** The record of deeds. It can only be added to, by this or by any other program. */
public interface AuditTrail {
  /** Over the table of this hub's database. */
  static AuditTrail create(Db db) {
    return new PgAuditTrail(db);
  }

  /** Adds a record in the caller's transaction; if it can't be added, the transaction must fail. */
  Future<Void> append(Tx tx, AuditEvent event);

  /** Adds a record in a transaction of its own: for refusals, where nothing else is written. */
  Future<Void> append(AuditEvent event);
}
