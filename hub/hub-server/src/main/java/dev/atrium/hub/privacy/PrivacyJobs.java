package dev.atrium.hub.privacy;

import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.audit.Notary;
import dev.atrium.hub.conversation.Archive;
import dev.atrium.hub.conversation.PgLegacyBodies;
import dev.atrium.hub.crypto.DataKeys;
import dev.atrium.hub.crypto.MasterKey;
import dev.atrium.hub.crypto.PersonalKeys;
import dev.atrium.hub.crypto.PgRewraps;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.jobs.Job;
import dev.atrium.hub.share.ShareArchive;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Map;

/** The jobs of this room by the kinds of {@code privacy_job}. */
public final class PrivacyJobs {

  /** Longer than a statement and the wait for a connection may take together. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  private final Map<String, Job> byKind;
  private final Restored restored;

  private PrivacyJobs(Map<String, Job> byKind, Restored restored) {
    this.byKind = byKind;
    this.restored = restored;
  }

  /** Over this hub's databases. */
  public static PrivacyJobs create(
    Vertx vertx,
    Db db,
    MasterKey master,
    PersonalKeys personal,
    DataKeys keys,
    AuditTrail audit
  ) {
    PgRewraps rewraps = new PgRewraps(db, personal, master);
    PgLegacyBodies bodies = new PgLegacyBodies(db, keys);
    return new PrivacyJobs(
      Map.of(
        "erase",
        new EraseJob(vertx, db, personal, audit, new Notary(master, audit)),
        "export",
        new ExportJob(db, Archive.create(db, keys), ShareArchive.create(db, keys), audit),
        "retention",
        new RetentionJob(db, audit),
        "rotate_master",
        new RotateMasterJob(db, master, personal, audit),
        "rotate_personal",
        new RotatePersonalJob(vertx, db, personal, rewraps, bodies, audit, GRACE)
      ),
      new Restored(db, personal)
    );
  }

  public Map<String, Job> byKind() {
    return byKind;
  }

  /** Asks for the erasing of whoever came back from a backup of the main database; how many. */
  public Future<Integer> eraseRestored() {
    return restored.eraseAgain();
  }
}
