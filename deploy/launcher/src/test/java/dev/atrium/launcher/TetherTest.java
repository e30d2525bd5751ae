package dev.atrium.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TetherTest {

  /** A launcher that starts one child, tells its process id and waits to be killed. */
  static final class Parent {

    public static void main(String[] args) throws Exception {
      ProcessSpec spec = new ProcessSpec(
        "child",
        List.of("sleep", "300"),
        Map.of(),
        "",
        "TERM",
        Duration.ofSeconds(1),
        Path.of(".")
      );
      System.out.println(
        Child.start(new Tether(), spec, _ -> {})
          .process()
          .pid()
      );
      Thread.sleep(300_000);
    }
  }

  @Test
  void aChildDoesNotOutliveALauncherThatWasKilled() throws Exception {
    assumeTrue(Tether.program("setpriv").isPresent(), "setpriv (util-linux) is not here: skipped");
    Process parent = new ProcessBuilder(
      Path.of(System.getProperty("java.home"), "bin", "java").toString(),
      "-cp",
      System.getProperty("java.class.path"),
      Parent.class.getName()
    ).start();
    try (var out = parent.inputReader()) {
      long pid = Long.parseLong(out.readLine());
      ProcessHandle child = ProcessHandle.of(pid).orElseThrow();
      assertThat(child.isAlive()).isTrue();
      parent.destroyForcibly();
      child.onExit().get(10, TimeUnit.SECONDS);
      assertThat(child.isAlive()).isFalse();
    } finally {
      parent.destroyForcibly();
    }
  }

  @Test
  void theUserNamespaceIsEnteredBeforeTheTether() {
    List<String> command = Tether.tethered(List.of("/usr/bin/unshare", "-U", "postgres"), "INT");
    assertThat(command).containsSubsequence("/usr/bin/unshare", "-U", "postgres");
    assumeTrue(Tether.program("setpriv").isPresent());
    assertThat(command).containsSubsequence("-U", "--pdeathsig", "INT", "postgres");
  }
}
