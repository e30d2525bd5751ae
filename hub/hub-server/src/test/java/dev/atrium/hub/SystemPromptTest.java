package dev.atrium.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.testing.FaultyCluster;
import dev.atrium.hub.testing.ScriptedNode;
import dev.atrium.hub.testing.TestClient;
import dev.atrium.hub.testing.TestHub;
import dev.atrium.hub.testing.Waits;
import dev.atrium.inference.api.PrepareRequest;
import dev.atrium.inference.api.PromptMessage;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a company says to a model before every conversation comes first, is published and stays. */
class SystemPromptTest {

  private FaultyCluster cluster;
  private TestHub.Hub first;
  private ScriptedNode node;
  private TestClient client;

  @BeforeEach
  void start() throws Exception {
    cluster = new FaultyCluster();
    first = cluster.hub("hub-a");
    node = cluster.node("node-1");
    client = cluster.client(first);
  }

  @AfterEach
  void stop() throws Exception {
    cluster.close();
  }

  private void publish(String text) {
    cluster.database.execute(
      "UPDATE system_prompt SET retired_at = clock_timestamp() WHERE retired_at IS NULL"
    );
    cluster.database.execute(
      "INSERT INTO system_prompt (model, text) VALUES ('scripted', '" + text + "')"
    );
  }

  @Test
  void itComesFirstIsPublishedAndIsKeptWhenTheHistoryIsTooLong() throws Exception {
    TestClient.Socket socket = client.socket();
    HubFrame.Saved without = socket.ask("One?");
    socket.await(HubFrame.Finished.class);
    assertThat(node.prepared.getLast().published()).isZero();

    publish("Be brief.");
    node.contextLength = 120;
    node.says = "Yes.";
    HubFrame.Saved second = socket.ask(
      Optional.of(without.conversationId()),
      Optional.of(without.answerId()),
      "And what of two, which is a longer question than the first one?"
    );
    Waits.until("the second answer ends", () ->
      socket
        .all(HubFrame.Finished.class)
        .anyMatch(f -> f.generationId().equals(second.generationId()))
    );
    PrepareRequest last = node.prepared.getLast();
    assertThat(last.published()).isEqualTo(1);
    assertThat(last.messages().getFirst()).isEqualTo(new PromptMessage("system", "Be brief."));
    // The first turn did not fit.
    assertThat(last.messages()).hasSize(2);
    assertThat(last.messages().getLast().role()).isEqualTo("user");
  }

  @Test
  void anAnswerGoesOnElsewhereWithTheOneThatItBeganWith() throws Exception {
    publish("Be brief.");
    TestHub.Hub second = cluster.hub("hub-b");
    node.pauseAfter = 4;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("One?");
    Waits.until("some is shown", () -> FaultyCluster.shown(socket, saved) == 4);
    Waits.until("it is stored", () ->
      cluster.database.value("SELECT position FROM generation").equals("4")
    );
    ScriptedNode other = cluster.node("node-2");
    publish("Be long.");
    first.vanish();
    node.die();
    TestClient.Socket after = client.at(second.port()).socket();
    after.send(new ClientFrame.Resume(saved.generationId(), 1, 4));
    after.await(HubFrame.Finished.class);
    assertThat(other.prepared.getLast().messages()).isEqualTo(node.prepared.getLast().messages());
    assertThat(other.prepared.getLast().published()).isEqualTo(1);
  }
}
