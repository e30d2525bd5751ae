package dev.atrium.hub.jobs;

import static io.vertx.core.Future.await;

import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import java.util.UUID;

/** One job while this hub has its lease. */
public final class RunningJob {

  private final PgJobs store;
  private final UUID id;
  private final String kind;
  private final Optional<UUID> subject;
  private final JsonObject args;
  private final int attempts;
  private JsonObject state;

  RunningJob(
    PgJobs store,
    UUID id,
    String kind,
    Optional<UUID> subject,
    JsonObject args,
    JsonObject state,
    int attempts
  ) {
    this.store = store;
    this.id = id;
    this.kind = kind;
    this.subject = subject;
    this.args = args;
    this.state = state;
    this.attempts = attempts;
  }

  public UUID id() {
    return id;
  }

  String kind() {
    return kind;
  }

  int attempts() {
    return attempts;
  }

  /** Whom it is about. */
  public UUID subject() {
    return subject.orElseThrow();
  }

  /** What it was asked for with. */
  public JsonObject args() {
    return args;
  }

  /** What {@link #save} kept last; empty at first. To be changed and saved. */
  public JsonObject state() {
    return state;
  }

  /** Keeps the state and shows how far it is, in a transaction of its own. */
  public void save(String step, long done, Optional<Long> total) {
    await(store.saved(this, step, done, total));
  }

  /** The same in the transaction of what was done, so that both stand or fall together. */
  public Future<Void> save(Tx tx, String step, long done, Optional<Long> total) {
    return store.save(tx, this, step, done, total);
  }

  @Override
  public String toString() {
    return kind + " " + id;
  }
}
