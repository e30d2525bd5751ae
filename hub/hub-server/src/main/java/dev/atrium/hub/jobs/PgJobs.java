package dev.atrium.hub.jobs;

import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/** The table {@code privacy_job}. */
final class PgJobs {

  private static final String CLAIM = """
    UPDATE privacy_job SET status = 'running', holder = $1, attempts = attempts + 1,
      expires_at = clock_timestamp() + interval '60 seconds'
    WHERE id = (SELECT id FROM privacy_job
      WHERE (status = 'queued' AND not_before <= clock_timestamp())
        OR (status = 'running' AND expires_at < clock_timestamp())
      ORDER BY requested_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, kind, subject_id, args, state, attempts
    """;
  private static final String MINE =
    " WHERE id = $1 AND holder = $2 AND attempts = $3 AND status = 'running'";
  private static final String SAVE =
    """
      UPDATE privacy_job SET step = $4, done = $5, total = $6, state = $7,
        expires_at = clock_timestamp() + interval '60 seconds'
      """ +
    MINE;
  private static final String DONE =
    """
      UPDATE privacy_job SET status = 'done', result = $4, state = '{}', error = NULL,
        finished_at = clock_timestamp()
      """ +
    MINE;
  private static final String FAILED =
    """
      UPDATE privacy_job SET status = 'failed', error = $4, state = '{}', finished_at = clock_timestamp()
      """ +
    MINE;
  private static final String AGAIN =
    """
      UPDATE privacy_job SET status = 'queued', error = $4,
        not_before = clock_timestamp() + make_interval(secs => $5)
      """ +
    MINE;
  private static final String DAILY = """
    WITH old AS (DELETE FROM export_part p USING privacy_job j
      WHERE j.id = p.job_id AND j.finished_at < now() - interval '1 day')
    INSERT INTO privacy_job (kind)
    SELECT 'retention' WHERE NOT EXISTS (SELECT FROM privacy_job
      WHERE kind = 'retention' AND requested_at > now() - interval '1 day' AND NOT args ? 'dryRun')
    ON CONFLICT DO NOTHING
    """;

  private final Db db;
  private final String hubId;

  PgJobs(Db db, String hubId) {
    this.db = db;
    this.hubId = hubId;
  }

  private static Future<RowSet<Row>> query(Tx tx, String sql, Object... values) {
    return tx.sql().preparedQuery(sql).execute(Tuple.from(values));
  }

  /** The next job, which is this hub's for 60 s from now and from each time it is saved. */
  Future<Optional<RunningJob>> claim() {
    return db
      .read(tx -> query(tx, CLAIM, hubId))
      .map(rows ->
        rows.size() == 0 ? Optional.empty() : Optional.of(running(rows.iterator().next()))
      );
  }

  private RunningJob running(Row row) {
    return new RunningJob(
      this,
      row.getUUID("id"),
      row.getString("kind"),
      Optional.ofNullable(row.getUUID("subject_id")),
      row.getJsonObject("args"),
      row.getJsonObject("state"),
      row.getInteger("attempts")
    );
  }

  Future<Void> saved(RunningJob job, String step, long done, Optional<Long> total) {
    return db.read(tx -> save(tx, job, step, done, total));
  }

  Future<Void> save(Tx tx, RunningJob job, String step, long done, Optional<Long> total) {
    return query(
      tx,
      SAVE,
      job.id(),
      hubId,
      job.attempts(),
      step,
      done,
      total.orElse(null),
      job.state()
    ).compose(rows -> mine(rows, job));
  }

  private static Future<Void> mine(RowSet<Row> rows, RunningJob job) {
    return rows.rowCount() == 1
      ? Future.succeededFuture()
      : Future.failedFuture(new LeaseLostException(job.toString()));
  }

  Future<Void> done(RunningJob job, JsonObject result) {
    return end(job, DONE, result);
  }

  Future<Void> failed(RunningJob job, String why) {
    return end(job, FAILED, why);
  }

  private Future<Void> end(RunningJob job, String sql, Object value) {
    return db
      .read(tx -> query(tx, sql, job.id(), hubId, job.attempts(), value))
      .compose(rows -> mine(rows, job));
  }

  Future<Void> again(RunningJob job, String why, Duration later) {
    return db
      .read(tx ->
        query(tx, AGAIN, job.id(), hubId, job.attempts(), why, (double) later.toSeconds())
      )
      .compose(rows -> mine(rows, job));
  }

  /** What is to be done each day, if nobody did it yet. */
  Future<Void> daily() {
    return db.read(tx -> query(tx, DAILY)).mapEmpty();
  }
}
