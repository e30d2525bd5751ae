package dev.atrium.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Stops what runs on a data folder, and clears up what a killed launcher left there. */
final class Down {

  // The launcher's own bounds: hubs 30 s, nodes 30 s, PostgreSQL 15 s.
  private static final Duration ORDERLY = Duration.ofSeconds(90);

  private Down() {}

  /** Always succeeds when nothing runs any more at the end. */
  static int run(Path data, Console console) {
    Optional<PidFiles.Seen> launcher = DataFolder.lockHolder(data).filter(s ->
      s.handle().isPresent()
    );
    if (launcher.isPresent()) {
      stop(launcher.get(), console);
      return 0;
    }
    if (Files.notExists(data)) {
      console.say("Nothing runs: there is no data folder " + data);
      return 0;
    }
    List<String> left = DataFolder.pids(data).stopLeftovers(Duration.ofSeconds(25));
    try {
      Files.deleteIfExists(DataFolder.runFile(data));
    } catch (IOException e) {
      throw new LauncherException(
        LauncherException.FAILED,
        DataFolder.runFile(data) + " can't be removed: " + e.getMessage(),
        e
      );
    }
    console.say(
      left.isEmpty()
        ? "Nothing runs on " + data
        : "Stopped what an earlier run left behind: " + String.join(", ", left)
    );
    return 0;
  }

  private static void stop(PidFiles.Seen launcher, Console console) {
    ProcessHandle handle = launcher.handle().orElseThrow();
    console.say("Stopping (process " + launcher.pid() + ") …");
    handle.destroy();
    long end = System.nanoTime() + ORDERLY.toNanos();
    while (handle.isAlive()) {
      if (System.nanoTime() > end) {
        throw new LauncherException(
          LauncherException.FAILED,
          "The launcher (process %d) has not stopped after %d s.".formatted(
            launcher.pid(),
            ORDERLY.toSeconds()
          )
        );
      }
      Pause.millis(50);
    }
    console.say("Stopped.");
  }
}
