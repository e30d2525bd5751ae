package dev.atrium.launcher;

import java.time.Duration;

/**
 * When a process that died is started again.
 *
 * @param first the pause before the first restart; it doubles each time
 * @param longest the longest pause
 * @param healthyAfter a process that lived this long has earned a fresh count
 * @param giveUpAfter so many deaths in a row and it is left dead
 */
record RestartPolicy(Duration first, Duration longest, Duration healthyAfter, int giveUpAfter) {
  static final RestartPolicy DEFAULT = new RestartPolicy(
    Duration.ofMillis(500),
    Duration.ofSeconds(15),
    Duration.ofSeconds(60),
    5
  );

  /**
   * The default; with {@code -Datrium.restart.patient=true}, as load drivers start the launcher, one
   * that never gives up on a process that lived for a second, because they kill it on purpose.
   */
  static RestartPolicy fromSystemProperty() {
    return Boolean.getBoolean("atrium.restart.patient")
      ? new RestartPolicy(
        DEFAULT.first(),
        DEFAULT.longest(),
        Duration.ofSeconds(1),
        DEFAULT.giveUpAfter()
      )
      : DEFAULT;
  }

  /** The pause before restart number {@code deaths} (from 1). */
  Duration pause(int deaths) {
    long millis = first.toMillis() << Math.min(deaths - 1, 20);
    return Duration.ofMillis(Math.min(millis, longest.toMillis()));
  }
}
