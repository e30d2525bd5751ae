package dev.atrium.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PidFilesTest {

  @TempDir
  Path folder;

  @Test
  void stopsWhatWasLeftBehind() throws Exception {
    PidFiles pids = new PidFiles(folder);
    Process left = new ProcessBuilder("sleep", "300").start();
    pids.write("node-1", left.toHandle());
    assertThat(pids.stopLeftovers(Duration.ofSeconds(5))).containsExactly("node-1");
    assertThat(left.isAlive()).isFalse();
    assertThat(pids.all()).isEmpty();
  }

  @Test
  void leavesAloneWhoeverGotTheSameProcessIdLater() throws Exception {
    Process other = new ProcessBuilder("sleep", "300").start();
    try {
      Files.writeString(folder.resolve("hub-1.pid"), other.pid() + " 1000\n");
      assertThat(new PidFiles(folder).stopLeftovers(Duration.ofSeconds(1))).isEmpty();
      assertThat(other.isAlive()).isTrue();
    } finally {
      other.destroyForcibly();
    }
  }

  @Test
  void ignoresADamagedFile() throws Exception {
    Files.writeString(folder.resolve("hub-1.pid"), "not a number");
    assertThat(new PidFiles(folder).all()).isEmpty();
  }
}
