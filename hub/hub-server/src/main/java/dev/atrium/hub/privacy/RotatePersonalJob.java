package dev.atrium.hub.privacy;

import static io.vertx.core.Future.await;

import dev.atrium.hub.audit.AuditEvent;
import dev.atrium.hub.audit.AuditTrail;
import dev.atrium.hub.conversation.PgLegacyBodies;
import dev.atrium.hub.crypto.PersonalKeys;
import dev.atrium.hub.crypto.PgRewraps;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.jobs.Job;
import dev.atrium.hub.jobs.RunningJob;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Gives everybody who has a personal key a new one: first all is wrapped or sealed anew, then, once no
 * reader can still hold a row of before, the older ones are destroyed.
 */
final class RotatePersonalJob implements Job {

  private static final int BATCH = 100;
  private static final int PEOPLE = 100;

  private final Vertx vertx;
  private final Db db;
  private final PersonalKeys personal;
  private final PgRewraps rewraps;
  private final PgLegacyBodies bodies;
  private final AuditTrail audit;
  private final Duration grace;

  /** @param grace longest time between reading a row and asking for the key that it names */
  RotatePersonalJob(
    Vertx vertx,
    Db db,
    PersonalKeys personal,
    PgRewraps rewraps,
    PgLegacyBodies bodies,
    AuditTrail audit,
    Duration grace
  ) {
    this.vertx = vertx;
    this.db = db;
    this.personal = personal;
    this.rewraps = rewraps;
    this.bodies = bodies;
    this.audit = audit;
    this.grace = grace;
  }

  private interface Step {
    void of(UUID person, List<UUID> older);
  }

  @Override
  public JsonObject run(RunningJob job) {
    JsonObject state = job.state();
    if (!state.containsKey("since")) {
      state.put("since", await(personal.clock()).toString()).put("phase", "wrapping keys anew");
      job.save("wrapping keys anew", 0, Optional.empty());
    }
    if (state.getString("phase").equals("wrapping keys anew")) {
      everybody(job, (person, older) -> wrapAnew(job, person, older));
      state.put("phase", "destroying older keys").put("done", 0L).putNull("after");
      job.save("destroying older keys", 0, Optional.empty());
      await(vertx.timer(Math.max(1, grace.toMillis())));
    }
    everybody(job, (person, older) -> destroy(job, person, older));
    long destroyed = state.getLong("destroyed", 0L);
    AuditEvent event = AuditEvent.ok(AuditEvent.Actor.system(), "key.rotate_personal").details(
      Map.of("job", job.id().toString(), "people", state.getLong("done", 0L), "keys", destroyed)
    );
    await(db.inTransaction(tx -> audit.append(tx, event)));
    return new JsonObject()
      .put("people", state.getLong("done", 0L))
      .put("destroyed", destroyed)
      .put("kept", state.getLong("kept", 0L));
  }

  private void everybody(RunningJob job, Step step) {
    JsonObject state = job.state();
    Instant since = Instant.parse(state.getString("since"));
    List<UUID> people;
    do {
      Optional<UUID> after = Optional.ofNullable(state.getString("after")).map(UUID::fromString);
      people = await(personal.owners(after, PEOPLE));
      for (UUID person : people) {
        List<UUID> older = await(personal.renew(person, since));
        if (!older.isEmpty()) {
          step.of(person, older);
        }
        state.put("after", person.toString()).put("done", state.getLong("done", 0L) + 1);
        job.save(state.getString("phase"), state.getLong("done"), Optional.empty());
      }
    } while (!people.isEmpty());
  }

  private void wrapAnew(RunningJob job, UUID person, List<UUID> older) {
    while (
      await(rewraps.forReader(person, BATCH)) + await(bodies.reseal(person, older, BATCH)) > 0
    ) {
      job.save(job.state().getString("phase"), job.state().getLong("done", 0L), Optional.empty());
    }
  }

  /** An answer that was begun before there were keys of conversations may keep an old key a while longer. */
  private void destroy(RunningJob job, UUID person, List<UUID> older) {
    wrapAnew(job, person, older);
    boolean needed = await(bodies.left(person, older)) > 0;
    for (UUID key : older) {
      if (!needed) {
        await(personal.destroy(person, key));
      }
    }
    String count = needed ? "kept" : "destroyed";
    job.state().put(count, job.state().getLong(count, 0L) + older.size());
  }
}
