package dev.atrium.hub.privacy;

import static io.vertx.core.Future.await;

import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.crypto.PersonalKeys;
import dev.atrium.hub.crypto.PgRewraps;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.jobs.Job;
import dev.atrium.hub.jobs.RunningJob;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Optional;

/** Wraps every personal and every signing key by the primary master key of the file. */
final class RotateMasterJob implements Job {

  private static final int BATCH = 200;

  private final Db db;
  private final MasterKey master;
  private final PersonalKeys personal;
  private final PgRewraps rewraps;
  private final AuditTrail audit;

  RotateMasterJob(Db db, MasterKey master, PersonalKeys personal, AuditTrail audit) {
    this.db = db;
    this.master = master;
    this.personal = personal;
    this.rewraps = new PgRewraps(db, personal, master);
    this.audit = audit;
  }

  @Override
  public JsonObject run(RunningJob job) {
    long done = job.state().getLong("done", 0L);
    long step;
    do {
      step = await(personal.rewrap(BATCH)) + await(rewraps.signingKeys(BATCH));
      done += step;
      job.state().put("done", done);
      job.save("wrapping keys anew", done, Optional.empty());
    } while (step > 0);
    String primary = master.primaryId();
    AuditEvent event = AuditEvent.ok(AuditEvent.Actor.system(), "key.rotate_master")
      .target("master_key", primary)
      .details(Map.of("job", job.id().toString(), "keys", done));
    await(db.inTransaction(tx -> audit.append(tx, event)));
    return new JsonObject().put("primary", primary).put("keys", done);
  }
}
