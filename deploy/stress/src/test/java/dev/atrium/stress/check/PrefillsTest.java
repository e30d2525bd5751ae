package dev.atrium.stress.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.stress.check.Prefills.Attempt;
import dev.atrium.stress.figures.Violations;
import dev.atrium.stress.system.Blows.Dealt;
import dev.atrium.stress.system.Fault;
import dev.atrium.stress.system.SystemFile.Member;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PrefillsTest {

  private static final UUID ANSWER = UUID.randomUUID();
  private static final Instant START = Instant.parse("2026-11-26T06:00:00Z");

  private final Violations violations = new Violations();

  @Test
  void theLossOfANodeCostsOneReadingMore() {
    Prefills.check(twoAttempts(24), List.of(killed("node-1", 7)), violations);
    assertThat(violations.all()).isEmpty();
  }

  @Test
  void theLossOfAHubCostsNone() {
    Prefills.check(twoAttempts(24), List.of(killed("hub-1", 7)), violations);
    assertThat(violations.all()).hasSize(1);
    assertThat(violations.all().getFirst().evidence()).contains("attempt 1 on node-1 was given up");
  }

  @Test
  void aNodeThatWasHitBeforeOrAfterIsNoReason() {
    Prefills.check(
      twoAttempts(24),
      List.of(killed("node-1", -60), killed("node-1", 70), killed("node-2", 7)),
      violations
    );
    assertThat(violations.all()).hasSize(1);
  }

  @Test
  void whenHubAndNodeGoTogetherAnyNodeMayBeTakenForLost() {
    Member hub = new Member("hub-1", 1, "");
    Member node = new Member("node-2", 2, "");
    Dealt both = new Dealt(Fault.KILL_BOTH, List.of(hub, node), 0, START.plusSeconds(7));
    Prefills.check(twoAttempts(24), List.of(both), violations);
    assertThat(violations.all()).isEmpty();
  }

  @Test
  void theSamePromptIsReadEachTime() {
    Prefills.check(twoAttempts(25), List.of(killed("node-1", 7)), violations);
    assertThat(violations.all().getFirst().evidence()).startsWith(
      "generation " + ANSWER + ": its prompt of 24 tokens"
    );
  }

  private static List<Attempt> twoAttempts(int promptOfSecond) {
    return List.of(
      new Attempt(ANSWER, 1, "node-1", "lost", 24, 24, START, START.plusSeconds(10)),
      new Attempt(
        ANSWER,
        2,
        "node-2",
        "done",
        promptOfSecond,
        0,
        START.plusSeconds(10),
        START.plusSeconds(20)
      )
    );
  }

  private static Dealt killed(String member, int second) {
    return new Dealt(
      Fault.KILL_NODE,
      List.of(new Member(member, 1, "")),
      0,
      START.plusSeconds(second)
    );
  }
}
