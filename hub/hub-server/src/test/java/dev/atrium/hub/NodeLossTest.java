package dev.atrium.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.testing.FaultyCluster;
import dev.atrium.hub.testing.ScriptedNode;
import dev.atrium.hub.testing.TestClient;
import dev.atrium.hub.testing.TestHub;
import dev.atrium.hub.testing.Waits;
import dev.atrium.inference.api.InferenceError;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** A node goes while it writes an answer, or before it begins. */
@Order(2)
class NodeLossTest {

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
  void whenANodeDiesAnotherContinuesByTokenIds() throws Exception {
    TestHub.Hub hub = cluster.hub("hub-a");
    ScriptedNode one = cluster.node("node-1");
    TestClient client = cluster.client(hub);
    one.pauseAfter = 10;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Survive");
    Waits.until("ten are shown", () -> FaultyCluster.shown(socket, saved) == 10);
    ScriptedNode two = cluster.node("node-2");
    Thread.sleep(500);

    one.die();
    HubFrame.Finished finished = socket.await(HubFrame.Finished.class);

    assertThat(socket.text(saved.generationId())).isEqualTo(one.says);
    assertThat(two.generated.getFirst().continueIds()).containsExactlyElementsOf(
      one.says.codePoints().limit(10).boxed().toList()
    );
    assertThat(two.generated.getFirst().sampling().seed()).isEqualTo(
      one.generated.getFirst().sampling().seed()
    );
    assertThat(finished.usage().completionTokens()).isEqualTo(finished.length());
    assertThat(
      cluster.database.value(
        "SELECT string_agg(status || ':' || completion_tokens, ',' ORDER BY number) FROM attempt"
      )
    ).isEqualTo("lost:10,done:" + (finished.length() - 10));
    assertThat(cluster.database.value("SELECT sum(used_completion) FROM reservation")).isEqualTo(
      Integer.toString(finished.length())
    );
  }

  @Test
  void aNodeThatLeavesHandsItsAnswersOver() throws Exception {
    TestHub.Hub hub = cluster.hub("hub-a");
    ScriptedNode one = cluster.node("node-1");
    TestClient client = cluster.client(hub);
    one.pauseAfter = 4;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Move");
    Waits.until("some is shown", () -> FaultyCluster.shown(socket, saved) == 4);
    one.refusal = Optional.of(InferenceError.of(InferenceError.LEAVING));
    cluster.node("node-2");
    Thread.sleep(500);
    one.fail(InferenceError.NODE_LEAVING);
    socket.await(HubFrame.Finished.class);
    assertThat(socket.text(saved.generationId())).isEqualTo(one.says);
  }

  @Test
  void withoutAnotherNodeOfTheSameRevisionTheAnswerIsInterruptedAndKept() throws Exception {
    TestHub.Hub hub = cluster.hub("hub-a");
    ScriptedNode one = cluster.node("node-1");
    TestClient client = cluster.client(hub);
    one.pauseAfter = 6;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Alone");
    Waits.until("some is shown", () -> FaultyCluster.shown(socket, saved) == 6);
    cluster.node("node-2").revision = "r2";
    Thread.sleep(600);
    one.die();

    HubFrame.Failed failed = socket.await(HubFrame.Failed.class);
    assertThat(failed.error().code()).isEqualTo("interrupted");
    assertThat(failed.error().retryable()).isTrue();
    JsonObject answer = FaultyCluster.answer(client, saved);
    assertThat(answer.getString("status")).isEqualTo("interrupted");
    assertThat(answer.getString("text")).isEqualTo(one.says.substring(0, 6));
  }

  @Test
  void theOnlyNodeOfTheSameRevisionIsAskedAgainWhenItDoesNotTakeTheAnswerAtOnce() throws Exception {
    TestHub.Hub hub = cluster.hub("hub-a");
    ScriptedNode one = cluster.node("node-1");
    TestClient client = cluster.client(hub);
    one.pauseAfter = 6;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Patience");
    Waits.until("some is shown", () -> FaultyCluster.shown(socket, saved) == 6);
    ScriptedNode two = cluster.node("node-2");
    // As of a node whose reply does not come in time, which is no use to be had either.
    two.refusal = Optional.of(InferenceError.of(InferenceError.UNKNOWN_ENGINE));
    Thread.sleep(500);
    one.die();
    Waits.until("it was asked again and again", () -> two.prepared.size() > 3);

    two.refusal = Optional.empty();
    assertThat(socket.await(HubFrame.Finished.class).reason()).isEqualTo(HubFrame.Reason.DONE);
    assertThat(socket.text(saved.generationId())).isEqualTo(one.says);
  }

  @Test
  void anAnswerThatIsStoppedWhileNoNodeIsThereForItIsStopped() throws Exception {
    TestHub.Hub hub = cluster.hub("hub-a");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = cluster.client(hub);
    node.pauseAfter = 6;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Enough");
    Waits.until("some is shown", () -> FaultyCluster.shown(socket, saved) == 6);
    node.die();
    socket.await(HubFrame.Recovering.class);
    socket.send(new ClientFrame.Stop(saved.generationId()));

    assertThat(socket.await(HubFrame.Finished.class).reason()).isEqualTo(HubFrame.Reason.STOPPED);
    assertThat(FaultyCluster.answer(client, saved).getString("status")).isEqualTo("stopped");
    cluster.assertNothingIsLeft();
  }

  @Test
  void aPromptWhoseNodeIsLostBeforeItBeginsWaitsForTheNext() throws Exception {
    TestHub.Hub hub = cluster.hub("hub-a");
    ScriptedNode lost = cluster.node("node-1");
    TestClient client = cluster.client(hub);
    TestClient.Socket socket = client.socket();
    lost.die();
    HubFrame.Saved saved = socket.ask("Wait for it");
    socket.await(HubFrame.Recovering.class);
    ScriptedNode next = cluster.node("node-2");

    socket.await(HubFrame.Finished.class);
    assertThat(socket.text(saved.generationId())).isEqualTo(next.says);
    cluster.assertNothingIsLeft();
  }

  @Test
  void whenHubAndNodeGoTogetherTheReaderIsRewoundToWhatIsStored() throws Exception {
    TestHub.Hub first = cluster.hub("hub-a");
    TestHub.Hub second = cluster.hub("hub-b");
    ScriptedNode one = cluster.node("node-1");
    TestClient client = cluster.client(first);
    one.pauseAfter = 6;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Both");
    Waits.until("six are stored", () ->
      "6".equals(cluster.database.value("SELECT position FROM generation"))
    );
    cluster.line.cut();
    one.pauseAfter = 9;
    Waits.until("nine are shown", () -> FaultyCluster.shown(socket, saved) == 9);
    one.die();
    first.vanish();
    cluster.line.restore();
    ScriptedNode two = cluster.node("node-2");

    TestClient.Socket after = client.at(second.port()).socket();
    after.send(new ClientFrame.Resume(saved.generationId(), 1, 9));
    HubFrame.Resumed resumed = after.await(HubFrame.Resumed.class);
    assertThat(resumed.mode()).isEqualTo(HubFrame.Mode.REWIND);
    assertThat(resumed.position()).isEqualTo(6);
    after.await(HubFrame.Finished.class);

    assertThat(two.generated.getFirst().continueIds()).hasSize(6);
    assertThat(after.text(saved.generationId())).isEqualTo(two.says.substring(6));
    assertThat(FaultyCluster.answer(client.at(second.port()), saved).getString("text")).isEqualTo(
      two.says
    );
    TestClient.Socket late = client.at(second.port()).socket();
    late.send(new ClientFrame.Resume(saved.generationId(), 1, 9));
    assertThat(late.await(HubFrame.Resumed.class).mode()).isEqualTo(HubFrame.Mode.REWIND);
    cluster.assertNothingIsLeft();
  }
}
