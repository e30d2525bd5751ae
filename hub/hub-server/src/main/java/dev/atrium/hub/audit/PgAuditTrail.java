package dev.atrium.hub.audit;

import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.util.Locale;
import java.util.Map;

/** Calls {@code audit_append}, the only way into the table. */
final class PgAuditTrail implements AuditTrail {

  private static final String APPEND =
    "SELECT audit_append($1::uuid, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10::uuid, $11::uuid, $12::jsonb)";
  private static final long TICK_MS = 1_000;

  private final Vertx vertx;
  private final Refusals refusals;
  private final long timer;

  PgAuditTrail(Vertx vertx, Db db) {
    this.vertx = vertx;
    this.refusals = new Refusals(
      event -> db.inTransaction(tx -> append(tx, event)),
      System::nanoTime
    );
    this.timer = vertx.setPeriodic(TICK_MS, _ -> refusals.tick());
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
      .addValue(new JsonObject(event.details()))
      .addValue(event.actor().claimed().orElse(null))
      .addValue(event.personal().map(AuditEvent.About::subject).orElse(null))
      .addValue(json(event.personal().map(AuditEvent.About::fields).orElse(Map.of())));
    return tx.sql().preparedQuery(APPEND).execute(values).mapEmpty();
  }

  private static JsonObject json(Map<String, String> fields) {
    var json = new JsonObject();
    fields.forEach(json::put);
    return json;
  }

  @Override
  public void refused(AuditEvent event) {
    refusals.add(event);
  }

  @Override
  public Future<Void> close() {
    vertx.cancelTimer(timer);
    return refusals.close();
  }
}
