package dev.atrium.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.testing.FaultyCluster;
import dev.atrium.hub.testing.ScriptedNode;
import dev.atrium.hub.testing.TcpProxy;
import dev.atrium.hub.testing.TestClient;
import dev.atrium.hub.testing.TestHub;
import dev.atrium.hub.testing.Waits;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The database is out of reach of one hub or of all while answers are written. */
class DatabaseLossTest {

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
  void aHubCutOffFromTheDatabaseFindsItselfFencedAndItsReaderReadsOnFromTheNewOwner()
    throws Exception {
    TcpProxy own = TcpProxy.to(
      cluster.browser,
      cluster.database.url().host(),
      cluster.database.url().port()
    );
    TestHub.Hub first = cluster.hub(
      "hub-a",
      Map.of("ATRIUM_DATABASE_URL", own.url(cluster.database.url()).reveal())
    );
    cluster.hub("hub-b");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = cluster.client(first);
    node.pauseAfter = 4;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Fenced");
    Waits.until("some is shown", () -> FaultyCluster.shown(socket, saved) == 4);

    own.cut();
    node.pauseAfter = 8;
    assertThat(socket.await(HubFrame.Storing.class).stored()).isFalse();
    Waits.until("the other hub owns it", () ->
      "hub-b".equals(cluster.database.value("SELECT owner FROM generation"))
    );
    own.restore();
    node.pauseAfter = Integer.MAX_VALUE;
    HubFrame.Finished finished = socket.await(HubFrame.Finished.class);

    assertThat(finished.epoch()).isEqualTo(2);
    assertThat(socket.text(saved.generationId())).isEqualTo(node.says);
    assertThat(node.generated).hasSize(1);
    cluster.assertNothingIsLeft();
  }

  @Test
  void withoutTheDatabasePromptsAreRefusedAndAnswersFlowOn() throws Exception {
    TestHub.Hub hub = cluster.hub("hub-a");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = cluster.client(hub);
    node.pauseAfter = 5;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Before");
    Waits.until("some is shown", () -> FaultyCluster.shown(socket, saved) == 5);

    cluster.line.cut();
    node.pauseAfter = 20;
    Waits.until("it flows on", () -> FaultyCluster.shown(socket, saved) >= 20);
    UUID id = UUID.randomUUID();
    socket.send(
      new ClientFrame.Send(id, Optional.empty(), Optional.empty(), Optional.empty(), "During")
    );
    HubFrame.Error refused = socket.await(HubFrame.Error.class);
    assertThat(refused.error().code()).isEqualTo("database_unavailable");
    assertThat(refused.ref()).contains(id.toString());
    assertThat(socket.ws.isClosed()).isFalse();

    cluster.line.restore();
    node.pauseAfter = Integer.MAX_VALUE;
    socket.await(HubFrame.Finished.class);
    assertThat(FaultyCluster.answer(client, saved).getString("text")).isEqualTo(node.says);
  }
}
