package dev.atrium.hub.jobs;

import static io.vertx.core.Future.await;

import dev.atrium.hub.db.Db;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does jobs, one after the other, while others wait or are done by other hubs. A job whose hub is gone is
 * taken over within a minute. To be deployed as a verticle of its own, on virtual threads.
 */
public final class JobRunner extends VerticleBase {

  private static final long PAUSE_MS = 1_000;
  private static final long DAILY_LOOK_MS = 3_600_000;
  /** With waits of up to a minute this is about half a day. */
  private static final int MOST_ATTEMPTS = 720;
  private static final Logger log = LoggerFactory.getLogger(JobRunner.class);

  private final PgJobs store;
  private final Map<String, Job> kinds;
  private boolean stopped;

  public JobRunner(Db db, String hubId, Map<String, Job> kinds) {
    this.store = new PgJobs(db, hubId);
    this.kinds = Map.copyOf(kinds);
  }

  @Override
  public Future<?> start() {
    daily();
    vertx.setPeriodic(DAILY_LOOK_MS, _ -> daily());
    turn();
    return Future.succeededFuture();
  }

  private void daily() {
    store.daily().onFailure(e -> log.warn("daily jobs not looked at: {}", e.toString()));
  }

  private void turn() {
    if (stopped) {
      return;
    }
    boolean more = false;
    try {
      Optional<RunningJob> job = await(store.claim());
      job.ifPresent(this::run);
      more = job.isPresent();
    } catch (Exception e) {
      // Also that this hub is being taken down while it waits.
      log.debug("no job now: {}", e.toString());
    }
    vertx.setTimer(more ? 1 : PAUSE_MS, _ -> turn());
  }

  private void run(RunningJob job) {
    try {
      JsonObject result = kinds.get(job.kind()).run(job);
      await(store.done(job, result));
      log.info("job {} is done", job);
    } catch (JobRefusedException e) {
      log.info("job {} is refused: {}", job, e.getMessage());
      await(store.failed(job, e.getMessage()));
    } catch (LeaseLostException e) {
      log.warn("{}", e.getMessage());
    } catch (RuntimeException e) {
      log.warn("job {} has to be tried again", job, e);
      // Its own words may hold what is personal; the log of this hub has them.
      String why = e.getClass().getSimpleName();
      if (job.attempts() >= MOST_ATTEMPTS) {
        await(store.failed(job, why));
      } else {
        await(
          store.again(job, why, Duration.ofSeconds(Math.min(60, 1L << Math.min(6, job.attempts()))))
        );
      }
    }
  }

  /** What is being done goes on after the next start, here or on another hub. */
  @Override
  public Future<?> stop() {
    stopped = true;
    return Future.succeededFuture();
  }
}
