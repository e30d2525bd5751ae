package dev.atrium.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceTest {

  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir
  Path folder;

  private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
  private Service.Surroundings around;
  private Service service;

  @BeforeEach
  void surroundings() throws Exception {
    Files.createDirectories(folder.resolve("logs"));
    around = new Service.Surroundings(
      new Tether(),
      new PidFiles(folder.resolve("run")),
      new Console(new PrintStream(screen, true, StandardCharsets.UTF_8)),
      folder.resolve("logs"),
      new RestartPolicy(Duration.ofMillis(10), Duration.ofMillis(50), Duration.ofSeconds(30), 3),
      _ -> {}
    );
  }

  @AfterEach
  void stop() {
    if (service != null) {
      service.stop();
    }
  }

  @Test
  void isReadyWhenTheReadyLineIsRead() {
    service = start("echo loading; echo ready it-1 here; sleep 60");
    assertThat(service.awaitReady(SOON)).isEqualTo("ready it-1 here");
    eventually(() -> service.state() == Service.State.UP);
  }

  @Test
  void keepsWhatTheProcessWrites() throws Exception {
    service = start("echo to stdout; echo to stderr >&2; echo ready it-1; sleep 60");
    service.awaitReady(SOON);
    assertThat(Files.readAllLines(folder.resolve("logs/it-1.log"))).containsExactly(
      "to stdout",
      "to stderr",
      "ready it-1"
    );
  }

  @Test
  void aProcessThatEndsBeforeItIsReadyFailsTheStartWithItsLastLinesAndItsCode() {
    service = start("echo the model is damaged; exit 69");
    assertThatThrownBy(() -> service.awaitReady(SOON))
      .isInstanceOfSatisfying(LauncherException.class, e -> assertThat(e.exitCode()).isEqualTo(69))
      .hasMessageContaining("the model is damaged");
  }

  @Test
  void anExitCodeWithoutMeaningBecomesOne() {
    service = start("exit 137");
    assertThatThrownBy(() -> service.awaitReady(SOON)).isInstanceOfSatisfying(
      LauncherException.class,
      e -> assertThat(e.exitCode()).isEqualTo(LauncherException.FAILED)
    );
  }

  @Test
  void aProcessThatIsNeverReadyFailsTheStart() {
    service = start("sleep 60");
    assertThatThrownBy(() -> service.awaitReady(Duration.ofMillis(300))).hasMessageContaining(
      "is not ready"
    );
  }

  @Test
  void aProcessThatDiesIsStartedAgain() {
    service = start("echo ready it-1; sleep 60");
    service.awaitReady(SOON);
    service.supervise();
    long first = service.process().orElseThrow().pid();
    service.process().orElseThrow().destroyForcibly();
    eventually(
      () -> service.state() == Service.State.UP && service.process().orElseThrow().pid() != first
    );
    assertThat(screen.toString(StandardCharsets.UTF_8)).contains("it-1 died (exit 137)");
  }

  @Test
  void aProcessThatKeepsDyingIsLeftDeadAndItsLastLinesAreShown() {
    service = start("echo ready it-1; echo no such table; exit 1");
    service.awaitReady(SOON);
    service.supervise();
    eventually(() -> service.state() == Service.State.GIVEN_UP);
    assertThat(screen.toString(StandardCharsets.UTF_8)).contains("stays down", "no such table");
  }

  @Test
  void aProcessThatIgnoresTheSignalIsKilledAfterItsTime() {
    service = start("trap '' TERM; echo ready it-1; while :; do sleep 0.05; done");
    service.awaitReady(SOON);
    ProcessHandle process = service.process().orElseThrow();
    service.stop();
    eventually(() -> !process.isAlive());
    assertThat(screen.toString(StandardCharsets.UTF_8)).contains("did not stop in time");
  }

  @Test
  void aStoppedServiceIsNotStartedAgain() {
    service = start("echo ready it-1; sleep 60");
    service.awaitReady(SOON);
    service.supervise();
    ProcessHandle process = service.process().orElseThrow();
    service.stop();
    Pause.millis(200);
    assertThat(process.isAlive()).isFalse();
    assertThat(service.state()).isEqualTo(Service.State.STOPPED);
    assertThat(around.pids().all()).isEmpty();
  }

  @Test
  void theLaunchersOwnSettingsDoNotReachTheProcess() {
    service = start("echo ready it-1 ${ATRIUM_GIVEN:-nothing}");
    assertThat(service.awaitReady(SOON)).isEqualTo("ready it-1 this");
  }

  private Service start(String script) {
    ProcessSpec spec = new ProcessSpec(
      "it-1",
      List.of("sh", "-c", script),
      Map.of("ATRIUM_GIVEN", "this"),
      "ready it-1",
      "TERM",
      Duration.ofMillis(500),
      folder
    );
    Service started = new Service("it-1", around, () -> spec);
    started.start();
    return started;
  }

  private static void eventually(BooleanSupplier condition) {
    long end = System.nanoTime() + SOON.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(end);
      Pause.millis(10);
    }
  }
}
