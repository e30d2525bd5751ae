package dev.atrium.hub.privacy;

import static io.vertx.core.Future.await;

import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.jobs.Job;
import dev.atrium.hub.jobs.RunningJob;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Removes conversations whose time is over, or only says which it would, and shares that are over. */
final class RetentionJob implements Job {

  private static final int BATCH = 100;

  private final Db db;
  private final PgPrivacy store;
  private final AuditTrail audit;

  RetentionJob(Db db, AuditTrail audit) {
    this.db = db;
    this.store = new PgPrivacy(db);
    this.audit = audit;
  }

  @Override
  public JsonObject run(RunningJob job) {
    List<JsonObject> due = await(store.due());
    JsonObject result = new JsonObject().put("due", new JsonArray(due));
    if (job.args().getBoolean("dryRun", false)) {
      return result;
    }
    long total = due
      .stream()
      .mapToLong(row -> row.getLong("conversations"))
      .sum();
    while (await(store.purgeShares(BATCH)) > 0) {
      job.save("removing shares that are over", 0, Optional.empty());
    }
    long removed = job.state().getLong("removed", 0L);
    long step;
    do {
      step = await(store.purgeDue(BATCH));
      removed += step;
      job.state().put("removed", removed);
      job.save("removing conversations", removed, Optional.of(Math.max(total, removed)));
    } while (step > 0);
    if (removed > 0) {
      AuditEvent event = AuditEvent.ok(AuditEvent.Actor.system(), "retention.run").details(
        Map.of("job", job.id().toString(), "conversations", removed)
      );
      await(db.inTransaction(tx -> audit.append(tx, event)));
    }
    return result.put("removed", removed);
  }
}
