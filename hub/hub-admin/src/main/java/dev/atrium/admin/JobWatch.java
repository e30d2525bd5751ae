package dev.atrium.admin;

import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Asks the hubs for a job and shows how it goes until it has ended. */
final class JobWatch {

  private static final long LOOK_MS = 200;
  private static final long PATIENCE_MS = 3_000;
  private static final String ASK = """
    INSERT INTO privacy_job (kind, subject_id, args) VALUES (?, ?::uuid, ?::jsonb)
    ON CONFLICT DO NOTHING RETURNING id
    """;
  private static final String OPEN = """
    SELECT id FROM privacy_job WHERE kind = ? AND subject_id IS NOT DISTINCT FROM ?::uuid
      AND status IN ('queued', 'running')
    """;
  private static final String LOOK = """
    SELECT status, step, done, total, error, result FROM privacy_job WHERE id = ?
    """;

  private final Work work;
  private final PrintWriter progress;

  JobWatch(Work work, PrintWriter progress) {
    this.work = work;
    this.progress = progress;
  }

  /**
   * Asks for it and commits, so that hubs see it. If the same was asked for already and has not ended, that
   * one is watched, unless it was asked for with arguments of its own.
   */
  UUID ask(String kind, Object subject, Map<String, Object> args) throws SQLException {
    Optional<Map<String, Object>> asked = work.row(ASK, kind, subject, Work.json(args));
    if (asked.isEmpty() && !args.isEmpty()) {
      throw new AdminException(
        AdminException.CONFLICT,
        "Such a job is under way; see `job list`, and try again when it has ended."
      );
    }
    Map<String, Object> job = asked.isPresent()
      ? asked.get()
      : work.row(OPEN, kind, subject).orElseThrow();
    work.commit();
    return (UUID) job.get("id");
  }

  /**
   * Waits for the end; who breaks it off does not stop the job.
   *
   * @return the result as JSON
   * @throws AdminException if the job was refused or given up
   */
  String await(UUID id) throws SQLException {
    String shown = "";
    long begun = System.nanoTime();
    while (true) {
      Map<String, Object> job = work.row(LOOK, id).orElseThrow();
      work.commit();
      switch (job.get("status").toString()) {
        case "done" -> {
          return job.getOrDefault("result", "{}").toString();
        }
        case "failed" -> throw new AdminException(
          AdminException.CONFLICT,
          "The job was not done: " + job.get("error") + "."
        );
        default -> {
          String now = sentence(job, (System.nanoTime() - begun) / 1_000_000);
          if (!now.equals(shown)) {
            progress.println(now);
            progress.flush();
            shown = now;
          }
        }
      }
      pause();
    }
  }

  private static String sentence(Map<String, Object> job, long waitedMs) {
    if (!job.containsKey("step")) {
      return waitedMs < PATIENCE_MS
        ? ""
        : "Waiting for a hub to take the job; it is kept if you break off here.";
    }
    String trouble = job.containsKey("error")
      ? " (tried again after " + job.get("error") + ")"
      : "";
    return job.containsKey("total")
      ? job.get("step") + ": " + job.get("done") + " of " + job.get("total") + trouble
      : job.get("step") + ": " + job.get("done") + trouble;
  }

  private static void pause() {
    try {
      Thread.sleep(LOOK_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AdminException(AdminException.FAILED, "Broken off; the job goes on.", e);
    }
  }
}
