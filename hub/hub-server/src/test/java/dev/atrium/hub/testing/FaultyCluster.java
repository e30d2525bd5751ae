package dev.atrium.hub.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.HubFrame;
import dev.atrium.schema.testing.TestDatabase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/** Hubs and nodes that can be lost, and a line to the database that can be cut; its own for one test. */
public final class FaultyCluster implements AutoCloseable {

  public final TestDatabase database = TestDatabase.migrated();
  public final Vertx browser = Vertx.vertx();
  public final TcpProxy line;
  private final TestHub cluster;

  public FaultyCluster() throws Exception {
    line = TcpProxy.to(browser, database.url().host(), database.url().port());
    cluster = new TestHub(line.url(database.url()));
  }

  public TestHub.Hub hub(String hubId) throws Exception {
    return cluster.hub(hubId);
  }

  /** A hub with further settings, or others than usual. */
  public TestHub.Hub hub(String hubId, Map<String, String> settings) throws Exception {
    return cluster.hub(hubId, settings);
  }

  public ScriptedNode node(String nodeId) throws Exception {
    return cluster.node(nodeId);
  }

  /** Somebody who is signed in at a hub that knows of a model. */
  public TestClient client(TestHub.Hub hub) throws Exception {
    TestClient client = new TestClient(browser, hub.port()).signIn();
    client.awaitModel();
    return client;
  }

  /** How many characters of the answer the socket has been sent. */
  public static int shown(TestClient.Socket socket, HubFrame.Saved saved) {
    return socket.text(saved.generationId()).length();
  }

  /** The last message of the conversation, as the hub reads it from the database. */
  public static JsonObject answer(TestClient client, HubFrame.Saved saved) throws Exception {
    JsonArray messages = client
      .get("/api/conversations/" + saved.conversationId())
      .getJsonArray("messages");
    return messages.getJsonObject(messages.size() - 1);
  }

  /** No answer is under way, and nothing of one is reserved or unsaved. */
  public void assertNothingIsLeft() throws Exception {
    Waits.until("the last attempt is settled", () ->
      "0".equals(database.value("SELECT count(*) FROM reservation WHERE settled_at IS NULL"))
    );
    assertThat(
      database.value("SELECT count(*) FROM generation WHERE status IN ('pending', 'running')")
    ).isEqualTo("0");
    assertThat(database.value("SELECT count(*) FROM attempt WHERE status = 'running'")).isEqualTo(
      "0"
    );
    assertThat(database.value("SELECT count(*) FROM answer_chunk")).isEqualTo("0");
  }

  @Override
  public void close() throws Exception {
    line.restore();
    cluster.close();
    Waits.get(browser.close());
    database.close();
  }
}
