package dev.atrium.hub.audit;

import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** The record of deeds. It can only be added to, by this or by any other program. */
public interface AuditTrail {
  /** Over the table of this hub's database. */
  static AuditTrail create(Vertx vertx, Db db) {
    return new PgAuditTrail(vertx, db);
  }

  /** Adds a record in the caller's transaction; if it can't be added, the transaction must fail. */
  Future<Void> append(Tx tx, AuditEvent event);

  /**
   * Records something that was refused, where nothing else is written. The first of its kind (actor,
   * address, action, target, result) is written at once, those that follow it within a minute are counted, and
   * the count is one further record. Nobody waits for it, so that a refusal takes as long whoever was
   * refused. While the database is away what is to be written is kept, up to a bound.
   */
  void refused(AuditEvent event);

  /** Writes what was only counted yet. */
  Future<Void> close();
}
