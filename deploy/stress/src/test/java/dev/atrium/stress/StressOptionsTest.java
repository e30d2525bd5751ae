package dev.atrium.stress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.stress.system.Fault;
import dev.atrium.stress.system.StressException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StressOptionsTest {

  @Test
  void everyFaultHasItsNameOnTheCommandLine() {
    for (Fault fault : Fault.values()) {
      assertThat(Fault.of(fault.wire())).contains(fault);
    }
    assertThat(Fault.of("kill-node")).contains(Fault.KILL_NODE);
    assertThat(Fault.of("KILL_NODE")).isEmpty();
  }

  @Test
  void whoIsKilledMustNotBeTheOnlyOne() {
    assertRefused(() -> options(1, 2, List.of(Fault.KILL_HUB)), "kill-hub needs --hubs 2");
    assertRefused(() -> options(2, 1, List.of(Fault.TERM_NODE)), "term-node needs --nodes 2");
    assertRefused(() -> options(1, 2, List.of(Fault.KILL_BOTH)), "kill-both needs --hubs 2");
    assertRefused(() -> options(2, 1, List.of(Fault.KILL_BOTH)), "kill-both needs --nodes 2");
    assertThat(options(1, 1, List.of(Fault.DATABASE)).faults()).containsExactly(Fault.DATABASE);
  }

  @Test
  void atAPointOfAnAnswerOnlyAKillMakesSense() {
    assertRefused(() -> options(2, 2, List.of(), 3, Duration.ZERO), "--points needs --faults");
    assertRefused(
      () -> options(2, 2, List.of(Fault.STOP_HUB), 3, Duration.ZERO),
      "--points needs --faults"
    );
    assertThat(options(2, 2, List.of(Fault.KILL_BOTH), 3, Duration.ZERO).points()).isEqualTo(3);
  }

  @Test
  void numbersOutOfTheirRangeAreRefused() {
    assertRefused(() -> options(17, 1, List.of()), "--hubs must be between 1 and 16, not 17");
  }

  @Test
  void theWarmUpMustLeaveSomethingOfTheLoad() {
    assertRefused(
      () -> options(1, 1, List.of(), 0, Duration.ofSeconds(1)),
      "--warm-up must be between 0 and 0, not 1"
    );
  }

  private static void assertRefused(Runnable made, String sentence) {
    assertThatThrownBy(made::run)
      .isInstanceOfSatisfying(StressException.class, e ->
        assertThat(e.exitCode()).isEqualTo(StressException.USAGE)
      )
      .hasMessageContaining(sentence);
  }

  private static StressOptions options(int hubs, int nodes, List<Fault> faults) {
    return options(hubs, nodes, faults, 0, Duration.ZERO);
  }

  private static StressOptions options(
    int hubs,
    int nodes,
    List<Fault> faults,
    int points,
    Duration warmUp
  ) {
    return new StressOptions(
      hubs,
      nodes,
      0,
      1,
      20,
      Duration.ofSeconds(1),
      0,
      faults,
      points,
      Duration.ofSeconds(1),
      0,
      Duration.ofSeconds(1),
      0,
      0,
      1,
      true,
      false,
      warmUp,
      Path.of("data"),
      Optional.empty(),
      Optional.empty()
    );
  }
}
