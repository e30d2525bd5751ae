package dev.atrium.hub.audit;

import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.util.Locale;

/** Calls {@code audit_append}, the only way into the table. */
final class PgAuditTrail implements AuditTrail {

  private static final String APPEND =
    "SELECT audit_append($1::uuid, $2, $3, $4, $5, $6, $7, $8, $9::jsonb)";

  private final Db db;

  PgAuditTrail(Db db) {
    this.db = db;
  }

  @Override
  public Future<Void> append(Tx tx, AuditEvent event) {
    var values = Tuple.tuple()
      .addValue(event.actor().id().orElse(null))
      .addValue(event.actor().name().orElse(null))
      .addValue(event.action())
      .addValue(event.target().map(AuditEvent.Target::kind).orElse(null))
      .addValue(event.target().map(AuditEvent.Target::id).orElse(null))
      .addValue(event.result().name().toLowerCase(Locale.ROOT))
      .addValue(event.address().orElse(null))
      .addValue(event.correlationId().orElse(null))
      .addValue(new JsonObject(event.details()));
    return tx.sql().preparedQuery(APPEND).execute(values).mapEmpty();
  }

  @Override
  public Future<Void> append(AuditEvent event) {
    return db.inTransaction(tx -> append(tx, event));
  }
}
