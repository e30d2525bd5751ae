package dev.atrium.stress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.atrium.stress.figures.Figures.Count;
import dev.atrium.stress.system.Fault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
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
  void withoutFaultsNothingIsLostAndNothingStandsStill() throws Exception {
    Report report = run(1, 1, 20, Duration.ofSeconds(12), 0, List.of());
    assertThat(report.violations()).as(report.toString()).isEmpty();
    assertThat(report.frames()).isGreaterThan(1_000);
    assertThat(report.count(Count.RECONNECTS)).isZero();
    assertThat(report.count(Count.REPEATED_BYTES)).isZero();
  }

  @Test
  void hubsAndNodesAreKilledAndEveryReaderHoldsWhatIsStored() throws Exception {
    long frames = LONG ? 1_000_000 : 100_000;
    Report report = run(
      2,
      2,
      200,
      Duration.ofMinutes(LONG ? 20 : 4),
      frames,
      List.of(Fault.KILL_NODE, Fault.KILL_HUB)
    );
    assertThat(report.violations()).as(report.toString()).isEmpty();
    assertThat(report.frames()).isGreaterThanOrEqualTo(frames);
    assertThat(report.faults()).hasSizeGreaterThan(3);
  }

  @Test
  void everyKindOfFaultIsSurvived() throws Exception {
    assumeTrue(LONG, "with -Plong");
    Report report = run(2, 2, 50, Duration.ofMinutes(6), 0, List.of(Fault.values()));
    assertThat(report.violations()).as(report.toString()).isEmpty();
    assertThat(report.faults()).hasSizeGreaterThan(10);
  }

  private Report run(
    int hubs,
    int nodes,
    int streams,
    Duration duration,
    long frames,
    List<Fault> faults
  ) throws Exception {
    StressOptions options = new StressOptions(
      hubs,
      nodes,
      0,
      streams,
      30,
      duration,
      frames,
      faults,
      Duration.ofSeconds(5),
      Duration.ofSeconds(10),
      20_261_124,
      true,
      false,
      Duration.ZERO,
      folder.resolve("data"),
      Optional.empty(),
      Optional.empty()
    );
    Report report = new StressRun(options, System.out).run(ROOT);
    System.out.print(report);
    return report;
  }
}
