package dev.atrium.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.testing.FaultyCluster;
import dev.atrium.hub.testing.ScriptedNode;
import dev.atrium.hub.testing.TestClient;
import dev.atrium.hub.testing.TestHub;
import dev.atrium.hub.testing.Waits;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A hub is stopped in order while answers are written. */
class HubLeavesTest {

  private FaultyCluster cluster;

  @BeforeEach
  void start() throws Exception {
    cluster = new FaultyCluster();
  }

  @AfterEach
  void stop() throws Exception {
    cluster.close();
  }

  @Test
  void aHubThatLeavesHandsItsAnswersToAnotherAtOnce() throws Exception {
    TestHub.Hub first = cluster.hub("hub-a");
    TestHub.Hub second = cluster.hub("hub-b");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = cluster.client(first);
    node.pauseAfter = 6;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Hand over");
    Waits.until("some is shown", () -> FaultyCluster.shown(socket, saved) == 6);

    long begun = System.nanoTime();
    first.stop(Duration.ofSeconds(20));
    assertThat(socket.closeCode()).isEqualTo(4409);
    TestClient.Socket after = client.at(second.port()).socket();
    after.send(new ClientFrame.Resume(saved.generationId(), 1, 6));
    assertThat(after.await(HubFrame.Resumed.class).position()).isEqualTo(6);
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(4));
    node.pauseAfter = Integer.MAX_VALUE;
    after.await(HubFrame.Finished.class);
    assertThat(FaultyCluster.answer(client.at(second.port()), saved).getString("text")).isEqualTo(
      node.says
    );
    assertThat(node.generated).hasSize(1);
    cluster.assertNothingIsLeft();
  }

  @Test
  void aHubThatLeavesFinishesItsAnswersAndSendsItsSocketsAway() throws Exception {
    TestHub.Hub hub = cluster.hub("hub-a");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = cluster.client(hub);
    node.tokenMillis = 30;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Finish first");
    Waits.until("some is shown", () -> FaultyCluster.shown(socket, saved) > 3);

    Thread leaving = Thread.ofVirtual().start(() -> {
        try {
          hub.stop(Duration.ofSeconds(10));
        } catch (Exception e) {
          throw new AssertionError(e);
        }
      });
    Thread.sleep(200);
    socket.send(
      new ClientFrame.Send(
        UUID.randomUUID(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        "One more?"
      )
    );
    assertThat(socket.await(HubFrame.Error.class).error().code()).isEqualTo("hub_leaving");
    assertThat(socket.await(HubFrame.Finished.class).reason()).isEqualTo(HubFrame.Reason.DONE);
    assertThat(socket.closeCode()).isEqualTo(4409);
    assertThat(leaving.join(Duration.ofSeconds(20))).isTrue();
    assertThat(cluster.database.value("SELECT status FROM generation")).isEqualTo("done");
    assertThat(cluster.database.value("SELECT count(*) FROM hub_lease")).isEqualTo("0");
  }
}
