package dev.atrium.launcher.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KilledLauncherTest {

  private static final Duration ALL_STOPPED = Duration.ofSeconds(60);

  @TempDir
  Path folder;

  @Test
  void leavesNoOrphanAndTheNextStartFindsItsData() throws Exception {
    String password = "an own password";
    String administrator;
    try (Atrium atrium = Atrium.up(folder).awaitReady()) {
      administrator = atrium.administrator();
      Person.welcomed(atrium, password).close();
      atrium.process().destroyForcibly();
      Atrium.eventually("no orphan", ALL_STOPPED, () -> atrium.processes().isEmpty());
    }
    try (Atrium atrium = Atrium.up(folder).awaitReady()) {
      try (Person person = new Person(atrium.address())) {
        person.signIn(administrator, password);
      }
    }
  }

  @Test
  void processesThatDieAreStartedAgain() throws Exception {
    try (Atrium atrium = Atrium.up(folder).awaitReady()) {
      try (Person person = Person.welcomed(atrium, "an own password")) {
        for (String kind : new String[] { "nodes", "hubs" }) {
          long killed = atrium.pids(kind).getFirst();
          ProcessHandle.of(killed).orElseThrow().destroyForcibly();
          Atrium.eventually("another of the " + kind, Atrium.READY_WITHIN, () ->
            replaced(atrium, kind, killed)
          );
          Atrium.eventually("chat", Atrium.READY_WITHIN, () -> answers(person));
        }
      }
      assertThat(atrium.interrupt()).isZero();
      assertThat(atrium.processes()).isEmpty();
    }
  }

  private static boolean replaced(Atrium atrium, String kind, long killed) {
    try {
      long now = atrium.pids(kind).getFirst();
      return now != 0 && now != killed;
    } catch (Exception e) {
      return false;
    }
  }

  private static boolean answers(Person person) {
    try (ChatSocket socket = person.connect()) {
      return !socket.ask("Hello").text().isBlank();
    } catch (Exception | AssertionError e) {
      Atrium.pause(200);
      return false;
    }
  }
}
