package dev.atrium.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.testing.FaultyCluster;
import dev.atrium.hub.testing.ScriptedNode;
import dev.atrium.hub.testing.TestClient;
import dev.atrium.hub.testing.TestHub;
import dev.atrium.hub.testing.Waits;
import dev.atrium.inference.api.GenerationEvent;
import dev.atrium.inference.api.InferenceError;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A hub goes without a word while a node writes for it: another takes its answers over. */
class HubLossTest {

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
  void anotherHubTakesADeadOnesAnswerOverAndItsReaderMissesNothing() throws Exception {
    TestHub.Hub first = cluster.hub("hub-a");
    TestHub.Hub second = cluster.hub("hub-b");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = cluster.client(first);
    node.pauseAfter = 7;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Orphan");
    Waits.until("some is shown", () -> FaultyCluster.shown(socket, saved) == 7);

    first.vanish();
    long killed = System.nanoTime();
    TestClient.Socket after = client.at(second.port()).socket();
    after.send(new ClientFrame.Resume(saved.generationId(), 1, 7));
    node.pauseAfter = Integer.MAX_VALUE;
    assertThat(after.await(HubFrame.Recovering.class).cause()).isEqualTo(HubFrame.Cause.HUB_LOST);
    HubFrame.Resumed resumed = after.await(HubFrame.Resumed.class);
    assertThat(Duration.ofNanos(System.nanoTime() - killed)).isLessThan(Duration.ofSeconds(6));
    assertThat(resumed.mode()).isEqualTo(HubFrame.Mode.CONTINUE);
    assertThat(resumed.position()).isEqualTo(7);
    assertThat(resumed.epoch()).isEqualTo(2);
    assertThat(after.await(HubFrame.Finished.class).reason()).isEqualTo(HubFrame.Reason.DONE);

    assertThat(after.text(saved.generationId())).isEqualTo(node.says.substring(7));
    assertThat(FaultyCluster.answer(client.at(second.port()), saved).getString("text")).isEqualTo(
      node.says
    );
    assertThat(node.generated).hasSize(1);
    assertThat(cluster.database.value("SELECT count(*) FROM attempt")).isEqualTo("1");
    cluster.assertNothingIsLeft();
  }

  @Test
  void whatANodeToldBeforeItGaveUpWaitingForAnOwnerIsNotTakenBackHoweverOftenItDoes()
    throws Exception {
    TestHub.Hub first = cluster.hub("hub-a");
    TestHub.Hub second = cluster.hub("hub-b");
    TestHub.Hub third = cluster.hub("hub-c");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = cluster.client(first);
    node.pauseAfter = 7;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Orphan");
    Waits.until("some is shown", () -> FaultyCluster.shown(socket, saved) == 7);

    first.vanish();
    node.pauseAfter = 12;
    node.fail(InferenceError.OWNER_LOST);
    TestClient.Socket after = client.at(second.port()).socket();
    after.send(new ClientFrame.Resume(saved.generationId(), 1, 7));
    Waits.until("more is shown", () -> FaultyCluster.shown(after, saved) == 5);
    HubFrame.Resumed once = after.await(HubFrame.Resumed.class);
    assertThat(once.mode()).isEqualTo(HubFrame.Mode.CONTINUE);

    second.vanish();
    node.pauseAfter = Integer.MAX_VALUE;
    node.fail(InferenceError.OWNER_LOST);
    TestClient.Socket again = client.at(third.port()).socket();
    again.send(new ClientFrame.Resume(saved.generationId(), once.epoch(), 12));
    HubFrame.Resumed twice = again.await(HubFrame.Resumed.class);
    assertThat(twice.mode()).isEqualTo(HubFrame.Mode.CONTINUE);
    assertThat(twice.position()).isEqualTo(12);
    assertThat(again.await(HubFrame.Finished.class).reason()).isEqualTo(HubFrame.Reason.DONE);
    assertThat(again.text(saved.generationId())).isEqualTo(node.says.substring(12));
    assertThat(FaultyCluster.answer(client.at(third.port()), saved).getString("text")).isEqualTo(
      node.says
    );
    assertThat(node.generated).hasSize(3);
  }

  @Test
  void aReaderOnAnotherHubIsCarriedToTheNewOwnerWithoutDoingAnything() throws Exception {
    TestHub.Hub first = cluster.hub("hub-a");
    TestHub.Hub second = cluster.hub("hub-b");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = cluster.client(first);
    node.pauseAfter = 5;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Carried");
    Waits.until("some is shown", () -> FaultyCluster.shown(socket, saved) == 5);
    TestClient.Socket other = client.at(second.port()).socket();
    other.send(new ClientFrame.Resume(saved.generationId(), 1, 0));
    Waits.until("the other reads along", () -> FaultyCluster.shown(other, saved) == 5);

    first.vanish();
    node.pauseAfter = Integer.MAX_VALUE;

    other.await(HubFrame.Finished.class);
    assertThat(other.text(saved.generationId())).isEqualTo(node.says);
    cluster.assertNothingIsLeft();
  }

  @Test
  void aStopWhileNobodyOwnsTheAnswerReachesTheNextOwner() throws Exception {
    TestHub.Hub first = cluster.hub("hub-a");
    TestHub.Hub second = cluster.hub("hub-b");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = cluster.client(first);
    node.pauseAfter = 5;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Stop me");
    Waits.until("some is shown", () -> FaultyCluster.shown(socket, saved) == 5);
    first.vanish();

    TestClient.Socket after = client.at(second.port()).socket();
    after.send(new ClientFrame.Resume(saved.generationId(), 1, 5));
    after.send(new ClientFrame.Stop(saved.generationId()));
    assertThat(after.await(HubFrame.Finished.class).reason()).isEqualTo(HubFrame.Reason.STOPPED);
    assertThat(FaultyCluster.answer(client.at(second.port()), saved).getString("text")).isEqualTo(
      node.says.substring(0, 5)
    );
    cluster.assertNothingIsLeft();
  }

  @Test
  void aStopTakesNothingBackThoughTheNodeIsSlowToTellTheNextOwnerWhatWasShown() throws Exception {
    TestHub.Hub first = cluster.hub("hub-a");
    TestHub.Hub second = cluster.hub("hub-b");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = cluster.client(first);
    node.pauseAfter = 0;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Stop me");
    Waits.until("it is begun", () ->
      cluster.database.value("SELECT count(*) FROM attempt WHERE status = 'running'").equals("1")
    );
    cluster.line.cut();
    node.pauseAfter = 5;
    Waits.until("some is shown", () -> FaultyCluster.shown(socket, saved) == 5);
    node.keepsToItself = true;
    first.vanish();
    cluster.line.restore();

    TestClient.Socket after = client.at(second.port()).socket();
    after.send(new ClientFrame.Stop(saved.generationId()));
    Waits.until("another hub has it", () ->
      cluster.database.value("SELECT owner FROM generation").startsWith("hub-b")
    );
    // Longer than a node that is told to stop may say nothing.
    Thread.sleep(5_000);
    node.keepsToItself = false;
    Waits.until("it is stopped", () ->
      cluster.database.value("SELECT status FROM generation").equals("stopped")
    );
    assertThat(FaultyCluster.answer(client.at(second.port()), saved).getString("text")).isEqualTo(
      node.says.substring(0, 5)
    );
    cluster.assertNothingIsLeft();
  }

  @Test
  void anAnswerThatWasStoppedIsStoppedThoughItsHubDiesBeforeTheEndIsStored() throws Exception {
    TestHub.Hub first = cluster.hub("hub-a");
    TestHub.Hub second = cluster.hub("hub-b");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = cluster.client(first);
    node.pauseAfter = 5;
    node.delivers = event -> !(event instanceof GenerationEvent.Finished);
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Stop me");
    Waits.until("some is shown", () -> FaultyCluster.shown(socket, saved) == 5);
    socket.send(new ClientFrame.Stop(saved.generationId()));
    Waits.until("the wish is noted", () ->
      "1".equals(cluster.database.value("SELECT count(stop_requested_at) FROM generation"))
    );
    first.vanish();
    node.delivers = _ -> true;

    TestClient.Socket after = client.at(second.port()).socket();
    after.send(new ClientFrame.Resume(saved.generationId(), 1, 5));
    assertThat(after.await(HubFrame.Finished.class).reason()).isEqualTo(HubFrame.Reason.STOPPED);
    cluster.assertNothingIsLeft();
  }
}
