package dev.atrium.stress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.atrium.stress.figures.Figures.Count;
import dev.atrium.stress.system.Fault;
import dev.atrium.stress.system.LaunchedSystem;
import dev.atrium.stress.system.LaunchedSystem.Wanted;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs against processes of their own, which are really killed. */
class StressTest {

  private static final Path ROOT = Path.of(System.getProperty("atrium.root"));
  private static final boolean LONG = Boolean.getBoolean("atrium.long");

  @TempDir
  Path folder;

  @BeforeAll
  static void everythingIsBuilt() {
    boolean built =
      Files.isDirectory(ROOT.resolve("deploy/launcher/target/lib")) &&
      Files.isDirectory(ROOT.resolve("hub/hub-server/target/lib")) &&
      Files.isDirectory(ROOT.resolve("inference-node/inference-server/target/lib"));
    if (!built) {
      System.out.println("SKIPPED: the system is not built; run mvn verify for this test");
    }
    assumeTrue(built, "the system is not built");
  }

  @Test
  void withoutFaultsNothingIsLostAndWhoeverIsCutOffOrSignedOutReadsOn() throws Exception {
    Wanted wanted = new Wanted(folder.resolve("data"), 1, 1, RunOptions.RATE, false, false);
    try (LaunchedSystem system = LaunchedSystem.start(ROOT, wanted)) {
      Path attached = system.runFile();
      Report report = run(new RunOptions(1, 20, Duration.ofSeconds(12)).attach(attached));
      assertThat(report.violations()).as(report.toString()).isEmpty();
      assertThat(report.frames()).isGreaterThan(1_000);
      assertThat(report.count(Count.RECONNECTS)).isZero();

      Report cut = run(
        new RunOptions(1, 60, Duration.ofSeconds(20))
          .attach(attached)
          .cuts(150, Duration.ofSeconds(8))
      );
      assertThat(cut.violations()).as(cut.toString()).isEmpty();
      assertThat(cut.count(Count.CUTS)).isGreaterThan(120);
      assertThat(cut.count(Count.RESUMED_BYTES)).isPositive();
      assertThat(cut.count(Count.REPEATED_BYTES)).isZero();
      assertThat(cut.count(Count.SIGN_INS)).isZero();

      FutureTask<Integer> lost = new FutureTask<>(new LostSessions(attached));
      Thread.ofVirtual().start(lost);
      Report again = run(new RunOptions(1, 20, Duration.ofSeconds(12)).seed(7).attach(attached));
      assertThat(again.violations()).as(again.toString()).isEmpty();
      assertThat(again.count(Count.SIGN_INS)).isEqualTo((long) lost.get()).isPositive();
      new Remains(attached).areFound();
    }
  }

  @Test
  void hubsAndNodesAreKilledAndEveryReaderHoldsWhatIsStored() throws Exception {
    long frames = LONG ? 1_000_000 : 100_000;
    Report report = run(
      new RunOptions(2, 200, Duration.ofMinutes(LONG ? 20 : 4))
        // So that there is time left in which whoever was killed comes back: one must be left to kill.
        .rate(15)
        .until(frames)
        .faults(Fault.KILL_NODE, Fault.KILL_HUB)
    );
    assertThat(report.violations()).as(report.toString()).isEmpty();
    assertThat(report.frames()).isGreaterThanOrEqualTo(frames);
    assertThat(report.faults()).hasSizeGreaterThan(3);
  }

  @Test
  void textMovesAgainAtWhateverPointOfAnAnswerItsProcessesAreKilled() throws Exception {
    int points = LONG ? 60 : 4;
    Report report = run(
      new RunOptions(2, 12, Duration.ofMinutes(1))
        .faults(Fault.KILL_NODE, Fault.KILL_HUB, Fault.KILL_BOTH)
        .points(points)
    );
    assertThat(report.violations()).as(report.toString()).isEmpty();
    assertThat(report.againMillis())
      .hasSize(points)
      .allMatch(millis -> millis >= 0);
  }

  @Test
  void aThousandCutsOfUpToTenMinutesRepeatNothing() throws Exception {
    assumeTrue(LONG, "with -Plong");
    Report report = run(
      new RunOptions(2, 150, Duration.ofMinutes(14)).cuts(1_000, Duration.ofMinutes(10))
    );
    assertThat(report.violations()).as(report.toString()).isEmpty();
    assertThat(report.count(Count.CUTS)).isGreaterThan(950);
    assertThat(report.count(Count.REPEATED_BYTES)).isZero();
  }

  @Test
  void everyKindOfFaultIsSurvived() throws Exception {
    assumeTrue(LONG, "with -Plong");
    Report report = run(new RunOptions(2, 50, Duration.ofMinutes(6)).faults(Fault.values()));
    assertThat(report.violations()).as(report.toString()).isEmpty();
    assertThat(report.faults()).hasSizeGreaterThan(10);
  }

  private Report run(RunOptions options) throws Exception {
    Report report = new StressRun(options.on(folder.resolve("data")), System.out).run(ROOT);
    System.out.print(report);
    return report;
  }
}
