package dev.atrium.hub.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.hub.testing.Waits;
import dev.atrium.inference.api.EngineStatus;
import dev.atrium.inference.api.Heartbeat;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class NodeDirectoryTest {

  private static final long NOW = 1_000_000_000L;

  private static final Vertx VERTX = Vertx.vertx();

  /** Neither the bus nor a timer is used: heartbeats come by {@code accept}. */
  private final NodeDirectory nodes = new NodeDirectory(VERTX);

  @AfterAll
  static void close() throws Exception {
    Waits.get(VERTX.close());
  }

  private void beat(String node, long seq, int active, Heartbeat.State state) {
    beat(node, seq, active, state, false);
  }

  private void beat(String node, long seq, int active, Heartbeat.State state, boolean unloading) {
    EngineStatus engine = new EngineStatus(
      "e1",
      "model",
      "chat",
      "r1",
      "cpu",
      "fp16",
      1_024,
      active,
      0,
      8,
      8,
      100_000,
      unloading
    );
    nodes.accept(
      new Heartbeat(node, Optional.of("process-of-" + node), seq, state, List.of(engine)),
      NOW
    );
  }

  private String choose(Optional<String> preferred) {
    return nodes
      .choose("model", preferred, Optional.empty(), Set.of())
      .map(EngineRef::nodeId)
      .orElse("none");
  }

  @Test
  void spreadsABurstThatNoHeartbeatKnowsOfYet() {
    beat("node-1", 1, 0, Heartbeat.State.UP);
    beat("node-2", 1, 2, Heartbeat.State.UP);
    List<String> chosen = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      chosen.add(choose(Optional.empty()));
    }
    // Two more begin on the freer one; from there on they take turns.
    assertThat(chosen).filteredOn("node-1"::equals).hasSize(6);
    assertThat(chosen).filteredOn("node-2"::equals).hasSize(4);

    beat("node-1", 2, 0, Heartbeat.State.UP);
    assertThat(choose(Optional.empty())).isEqualTo("node-1");
  }

  @Test
  void prefersTheNodeThatMayHoldTheHistoryUnlessItIsFull() {
    beat("node-1", 1, 0, Heartbeat.State.UP);
    beat("node-2", 1, 5, Heartbeat.State.UP);
    assertThat(choose(Optional.of("node-2"))).isEqualTo("node-2");
    assertThat(choose(Optional.of("gone"))).isEqualTo("node-1");
  }

  @Test
  void sendsNobodyToANodeThatIsSilentOrLeaves() {
    List<String> lost = new ArrayList<>();
    nodes.onLoss(lost::add);
    beat("node-1", 1, 0, Heartbeat.State.UP);
    beat("node-2", 1, 0, Heartbeat.State.LEAVING);
    assertThat(choose(Optional.empty())).isEqualTo("node-1");
    EngineAddress leaving = new EngineAddress("node-2", "e1");
    assertThat(nodes.isHeard(leaving)).isTrue();

    nodes.sweep(NOW + Heartbeat.LOST_AFTER_MS * 1_000_000);
    assertThat(lost).isEmpty();
    nodes.sweep(NOW + 3_000_000_000L);
    assertThat(lost).containsExactlyInAnyOrder("node-1", "node-2");
    assertThat(choose(Optional.empty())).isEqualTo("none");
    assertThat(nodes.isHeard(leaving)).isFalse();
  }

  @Test
  void aModelThatIsBeingUnloadedTakesNothingNewAndIsNotOffered() {
    AtomicInteger changes = new AtomicInteger();
    nodes.onChange(changes::incrementAndGet);
    beat("node-1", 1, 0, Heartbeat.State.UP);
    assertThat(nodes.serves("model")).isTrue();
    beat("node-1", 2, 1, Heartbeat.State.UP, true);
    assertThat(nodes.serves("model")).isFalse();
    assertThat(choose(Optional.of("node-1"))).isEqualTo("none");
    assertThat(changes).hasValue(2);
    // Answers that it still writes may be taken over.
    assertThat(nodes.isHeard(new EngineAddress("node-1", "e1"))).isTrue();
  }

  @Test
  void aNodeWhoseProcessHasLeftTheClusterIsLostAtOnce() {
    List<String> lost = new ArrayList<>();
    nodes.onLoss(lost::add);
    beat("node-1", 7, 0, Heartbeat.State.UP);
    beat("node-2", 7, 0, Heartbeat.State.UP);
    nodes.left("process-of-somebody-else");
    assertThat(lost).isEmpty();
    nodes.left("process-of-node-2");
    assertThat(lost).containsExactly("node-2");
    assertThat(choose(Optional.of("node-2"))).isEqualTo("node-1");
    beat("node-2", 1, 0, Heartbeat.State.UP);
    assertThat(lost).containsExactly("node-2");
    assertThat(choose(Optional.of("node-2"))).isEqualTo("node-2");
  }

  @Test
  void aSmallerNumberThanBeforeIsARestart() {
    List<String> lost = new ArrayList<>();
    nodes.onLoss(lost::add);
    beat("node-1", 7, 0, Heartbeat.State.UP);
    beat("node-1", 8, 0, Heartbeat.State.UP);
    assertThat(lost).isEmpty();
    beat("node-1", 1, 0, Heartbeat.State.UP);
    assertThat(lost).containsExactly("node-1");
  }
}
