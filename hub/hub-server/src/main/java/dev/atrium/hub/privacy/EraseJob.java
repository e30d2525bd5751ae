package dev.atrium.hub.privacy;

import static io.vertx.core.Future.await;

import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.audit.Notary;
import dev.atrium.hub.crypto.PersonalKeys;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.jobs.Job;
import dev.atrium.hub.jobs.RunningJob;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Erases a person: locks them out, lets their answers end, destroys their keys, removes their chats and
 * whatever is theirs, blanks their name, looks for what still names them, and signs a certificate. The
 * keys go first: from then on nothing that they wrote can be read, whatever happens next.
 */
final class EraseJob implements Job {

  private static final int BATCH = 100;
  /** A hub that hangs on to an answer for longer can't store any more of it once the rows are gone. */
  private static final int MOST_WAITS = 120;
  /** Shorter words stand everywhere. */
  private static final int SHORTEST_TERM = 3;

  private final Vertx vertx;
  private final Db db;
  private final PgPrivacy store;
  private final PersonalKeys keys;
  private final AuditTrail audit;
  private final Notary notary;

  EraseJob(Vertx vertx, Db db, PersonalKeys keys, AuditTrail audit, Notary notary) {
    this.vertx = vertx;
    this.db = db;
    this.store = new PgPrivacy(db);
    this.keys = keys;
    this.audit = audit;
    this.notary = notary;
  }

  @Override
  public JsonObject run(RunningJob job) {
    UUID user = job.subject();
    JsonObject state = job.state();
    lockOut(job, user);
    letAnswersEnd(job, user);
    state.put("keys", state.getLong("keys", 0L) + await(keys.erase(user)));
    job.save("keys destroyed", 0, Optional.empty());
    JsonObject rows = await(store.eraseIdentity(user, state.getString("name")));
    if (!state.containsKey("rows")) {
      state.put("rows", rows);
    }
    removeChats(job, user);
    // A hub may have recorded something under the name until it heard that there is nobody of it.
    await(store.eraseIdentity(user, state.getString("name")));
    return certify(job, user, residue(job));
  }

  private void lockOut(RunningJob job, UUID user) {
    PgPrivacy.Identity who = await(store.begin(user));
    if (!job.state().containsKey("begun")) {
      job
        .state()
        .put("begun", await(store.settings()).now().toString())
        .put("name", who.name())
        .put("displayName", who.displayName())
        .put("email", who.email().orElse(null));
    }
    job.save("locked out", 0, Optional.empty());
  }

  private void letAnswersEnd(RunningJob job, UUID user) {
    for (int i = 0; i < MOST_WAITS && await(store.stopAnswers(user)) > 0; i++) {
      job.save("waiting for answers to end", 0, Optional.empty());
      await(vertx.timer(1_000));
    }
  }

  private void removeChats(RunningJob job, UUID user) {
    long removed = job.state().getLong("conversations", 0L);
    long total = removed + await(store.conversations(user));
    long step;
    do {
      step = await(store.eraseChats(user, BATCH));
      removed += step;
      job.state().put("conversations", removed);
      job.save("removing conversations", removed, Optional.of(total));
    } while (step > 0);
  }

  private JsonObject residue(RunningJob job) {
    List<String> terms = new ArrayList<>();
    for (String field : List.of("name", "displayName", "email")) {
      String term = job.state().getString(field);
      if (term != null && term.length() >= (ascii(term) ? SHORTEST_TERM : 2)) {
        terms.add(term);
      }
    }
    JsonObject residue = new JsonObject();
    List<String> tables = terms.isEmpty() ? List.of() : await(store.textTables());
    for (int i = 0; i < tables.size(); i++) {
      long found = await(store.residue(tables.get(i), terms));
      if (found > 0) {
        residue.put(tables.get(i), found);
      }
      job.save("looking for what is left", i + 1L, Optional.of((long) tables.size()));
    }
    return residue;
  }

  private static boolean ascii(String term) {
    return term.chars().allMatch(c -> c < 128);
  }

  private JsonObject certify(RunningJob job, UUID user, JsonObject residue) {
    PgPrivacy.Settings settings = await(store.settings());
    Certificate certificate = new Certificate(
      settings.installation(),
      user,
      Instant.parse(job.state().getString("begun")),
      settings.now(),
      job.state().getLong("keys"),
      job.state().getLong("conversations"),
      job.state().getJsonObject("rows"),
      residue,
      settings.keyBackupDays(),
      await(keys.movedAt())
    );
    // The name that was looked for goes with the state, in the transaction that ends the job.
    String signed = await(
      db.inTransaction(tx ->
        notary
          .sign(tx, certificate.text())
          .compose(note ->
            audit
              .append(
                tx,
                AuditEvent.ok(AuditEvent.Actor.system(), "user.erase")
                  .target("user", user)
                  .details(
                    Map.of(
                      "job",
                      job.id().toString(),
                      "conversations",
                      certificate.conversations(),
                      "keys",
                      certificate.keys(),
                      "residue",
                      !residue.isEmpty()
                    )
                  )
              )
              .map(note)
          )
      )
    );
    return new JsonObject()
      .put("certificate", signed)
      .put("holdsFrom", certificate.holdsFrom().toString())
      .put("residue", residue);
  }
}
