package dev.atrium.stress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.stress.system.RunningSystem;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.concurrent.Callable;

/**
 * Ends the sessions of those to whom an answer is being written: hubs close their sockets, and don't
 * renew what they hold, as with a refresh token whose successor never arrived.
 */
final class LostSessions implements Callable<Integer> {

  private static final Duration WRITTEN_WITHIN = Duration.ofSeconds(60);
  private static final String END = """
    UPDATE user_session SET revoked_at = clock_timestamp(), revoked_reason = 'signed_out_elsewhere'
    WHERE revoked_at IS NULL AND user_id IN (SELECT user_id FROM generation WHERE status = 'running')
    """;

  private final RunningSystem system;

  LostSessions(Path runFile) {
    this.system = new RunningSystem(runFile);
  }

  /** Waits for answers, and returns how many sessions were ended. */
  @Override
  public Integer call() throws Exception {
    long end = System.nanoTime() + WRITTEN_WITHIN.toNanos();
    try (Connection db = system.database(); PreparedStatement ending = db.prepareStatement(END)) {
      int ended = ending.executeUpdate();
      while (ended == 0) {
        assertThat(System.nanoTime()).as("nothing was written").isLessThan(end);
        Thread.sleep(50);
        ended = ending.executeUpdate();
      }
      return ended;
    }
  }
}
