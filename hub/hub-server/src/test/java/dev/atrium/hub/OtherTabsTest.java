package dev.atrium.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.testing.FaultyCluster;
import dev.atrium.hub.testing.ScriptedNode;
import dev.atrium.hub.testing.TestClient;
import dev.atrium.hub.testing.TestHub;
import dev.atrium.hub.testing.Waits;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is done in another tab or on another hub while an answer is written. */
class OtherTabsTest {

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
  void aTabOnAnotherHubFollowsAndStops() throws Exception {
    TestHub.Hub first = cluster.hub("hub-a");
    TestHub.Hub second = cluster.hub("hub-b");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = cluster.client(first);
    node.pauseAfter = 8;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Across");
    Waits.until("some is shown", () -> FaultyCluster.shown(socket, saved) == 8);

    TestClient.Socket other = client.at(second.port()).socket();
    other.send(new ClientFrame.Resume(saved.generationId(), 1, 3));
    assertThat(other.await(HubFrame.Resumed.class).position()).isEqualTo(3);
    assertThat(other.await(HubFrame.Delta.class).text()).isEqualTo(node.says.substring(3, 8));
    other.send(new ClientFrame.Stop(saved.generationId()));

    assertThat(other.await(HubFrame.Finished.class)).isEqualTo(
      socket.await(HubFrame.Finished.class)
    );
  }

  @Test
  void anEndIsToldOnceThoughTheOwnersWordThatItIsFollowedIsLost() throws Exception {
    TestHub.Hub owner = cluster.hub("hub-a");
    TestHub.Hub other = cluster.hub("hub-b");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = cluster.client(owner);
    node.pauseAfter = 5;
    HubFrame.Saved saved = client.socket().ask("Once");
    Waits.until("some is stored", () ->
      "5".equals(cluster.database.value("SELECT position FROM generation"))
    );
    owner.vertx
      .eventBus()
      .<Object>addOutboundInterceptor(delivery -> {
        boolean word = delivery.body() instanceof JsonObject json && json.containsKey("ok");
        if (!word) {
          delivery.next();
        }
      });
    TestClient.Socket reader = client.at(other.port()).socket();
    reader.send(new ClientFrame.Resume(saved.generationId(), 1, 2));
    reader.await(HubFrame.Resumed.class);
    node.pauseAfter = Integer.MAX_VALUE;
    reader.await(HubFrame.Finished.class);
    // The other hub waits two seconds for the word, and then looks where the answer is.
    Thread.sleep(3_000);
    assertThat(reader.all(HubFrame.Finished.class)).hasSize(1);
    assertThat(reader.all(HubFrame.Resumed.class)).hasSize(1);
    assertThat("He" + reader.text(saved.generationId())).isEqualTo(node.says);
  }

  @Test
  void aNewTitleGivenDuringAnAnswerIsKept() throws Exception {
    TestHub.Hub hub = cluster.hub("hub-a");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = cluster.client(hub);
    node.pauseAfter = 3;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("First title");
    Waits.until("some is shown", () -> FaultyCluster.shown(socket, saved) == 3);
    client.call(
      HttpMethod.PATCH,
      "/api/conversations/" + saved.conversationId(),
      new JsonObject().put("title", "Mine")
    );
    node.pauseAfter = Integer.MAX_VALUE;
    socket.await(HubFrame.Finished.class);
    Waits.until(
      "the title is told",
      () ->
        socket
          .all(HubFrame.ConversationChanged.class)
          .filter(changed -> changed.title().equals("Mine"))
          .count() ==
        2
    );
    assertThat(socket.all(HubFrame.ConversationChanged.class).toList().getLast().title()).isEqualTo(
      "Mine"
    );
  }
}
