package dev.atrium.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.testing.ScriptedNode;
import dev.atrium.hub.testing.TcpProxy;
import dev.atrium.hub.testing.TestClient;
import dev.atrium.hub.testing.TestHub;
import dev.atrium.hub.testing.Waits;
import dev.atrium.inference.api.GenerationEvent;
import dev.atrium.inference.api.InferenceError;
import dev.atrium.schema.testing.TestDatabase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Nodes, hubs and the database go while an answer is written. */
class SurvivalTest {

  private TestDatabase database;
  private TcpProxy line;
  private TestHub cluster;
  private Vertx browser;

  @BeforeEach
  void start() throws Exception {
    database = TestDatabase.migrated();
    browser = Vertx.vertx();
    line = TcpProxy.to(browser, database.url().host(), database.url().port());
    cluster = new TestHub(line.url(database.url()));
  }

  @AfterEach
  void stop() throws Exception {
    line.restore();
    cluster.close();
    Waits.get(browser.close());
    database.close();
  }

  private TestClient client(TestHub.Hub hub) throws Exception {
    TestClient client = new TestClient(browser, hub.port()).signIn();
    Waits.until("the model is heard", () -> {
      try {
        return client.get("/health/ready").getBoolean("ready");
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    });
    return client;
  }

  private static int shown(TestClient.Socket socket, HubFrame.Saved saved) {
    return socket.text(saved.generationId()).length();
  }

  @Test
  void whenANodeDiesAnotherContinuesByTokenIds() throws Exception {
    TestHub.Hub hub = cluster.hub("hub-a");
    ScriptedNode one = cluster.node("node-1");
    TestClient client = client(hub);
    one.pauseAfter = 10;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Survive");
    Waits.until("ten are shown", () -> shown(socket, saved) == 10);
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
      database.value(
        "SELECT string_agg(status || ':' || completion_tokens, ',' ORDER BY number) FROM attempt"
      )
    ).isEqualTo("lost:10,done:" + (finished.length() - 10));
    assertThat(database.value("SELECT sum(used_completion) FROM reservation")).isEqualTo(
      Integer.toString(finished.length())
    );
  }

  @Test
  void aNodeThatLeavesHandsItsAnswersOver() throws Exception {
    TestHub.Hub hub = cluster.hub("hub-a");
    ScriptedNode one = cluster.node("node-1");
    TestClient client = client(hub);
    one.pauseAfter = 4;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Move");
    Waits.until("some is shown", () -> shown(socket, saved) == 4);
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
    TestClient client = client(hub);
    one.pauseAfter = 6;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Alone");
    Waits.until("some is shown", () -> shown(socket, saved) == 6);
    cluster.node("node-2").revision = "r2";
    Thread.sleep(600);
    one.die();

    HubFrame.Failed failed = socket.await(HubFrame.Failed.class);
    assertThat(failed.error().code()).isEqualTo("interrupted");
    assertThat(failed.error().retryable()).isTrue();
    JsonObject answer = answer(client, saved);
    assertThat(answer.getString("status")).isEqualTo("interrupted");
    assertThat(answer.getString("text")).isEqualTo(one.says.substring(0, 6));
  }

  @Test
  void anAnswerThatIsStoppedWhileNoNodeIsThereForItIsStopped() throws Exception {
    TestHub.Hub hub = cluster.hub("hub-a");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = client(hub);
    node.pauseAfter = 6;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Enough");
    Waits.until("some is shown", () -> shown(socket, saved) == 6);
    node.die();
    socket.await(HubFrame.Recovering.class);
    socket.send(new ClientFrame.Stop(saved.generationId()));

    assertThat(socket.await(HubFrame.Finished.class).reason()).isEqualTo(HubFrame.Reason.STOPPED);
    assertThat(answer(client, saved).getString("status")).isEqualTo("stopped");
    assertNothingIsLeft();
  }

  @Test
  void aPromptWhoseNodeIsLostBeforeItBeginsWaitsForTheNext() throws Exception {
    TestHub.Hub hub = cluster.hub("hub-a");
    ScriptedNode lost = cluster.node("node-1");
    TestClient client = client(hub);
    TestClient.Socket socket = client.socket();
    lost.die();
    HubFrame.Saved saved = socket.ask("Wait for it");
    socket.await(HubFrame.Recovering.class);
    ScriptedNode next = cluster.node("node-2");

    socket.await(HubFrame.Finished.class);
    assertThat(socket.text(saved.generationId())).isEqualTo(next.says);
    assertNothingIsLeft();
  }

  @Test
  void aTabOnAnotherHubFollowsAndStops() throws Exception {
    TestHub.Hub first = cluster.hub("hub-a");
    TestHub.Hub second = cluster.hub("hub-b");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = client(first);
    node.pauseAfter = 8;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Across");
    Waits.until("some is shown", () -> shown(socket, saved) == 8);

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
  void anotherHubTakesADeadOnesAnswerOverAndItsReaderMissesNothing() throws Exception {
    TestHub.Hub first = cluster.hub("hub-a");
    TestHub.Hub second = cluster.hub("hub-b");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = client(first);
    node.pauseAfter = 7;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Orphan");
    Waits.until("some is shown", () -> shown(socket, saved) == 7);

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
    assertThat(answer(client.at(second.port()), saved).getString("text")).isEqualTo(node.says);
    assertThat(node.generated).hasSize(1);
    assertThat(database.value("SELECT count(*) FROM attempt")).isEqualTo("1");
    assertNothingIsLeft();
  }

  @Test
  void aReaderOnAnotherHubIsCarriedToTheNewOwnerWithoutDoingAnything() throws Exception {
    TestHub.Hub first = cluster.hub("hub-a");
    TestHub.Hub second = cluster.hub("hub-b");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = client(first);
    node.pauseAfter = 5;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Carried");
    Waits.until("some is shown", () -> shown(socket, saved) == 5);
    TestClient.Socket other = client.at(second.port()).socket();
    other.send(new ClientFrame.Resume(saved.generationId(), 1, 0));
    Waits.until("the other reads along", () -> shown(other, saved) == 5);

    first.vanish();
    node.pauseAfter = Integer.MAX_VALUE;

    other.await(HubFrame.Finished.class);
    assertThat(other.text(saved.generationId())).isEqualTo(node.says);
    assertNothingIsLeft();
  }

  @Test
  void whenHubAndNodeGoTogetherTheReaderIsRewoundToWhatIsStored() throws Exception {
    TestHub.Hub first = cluster.hub("hub-a");
    TestHub.Hub second = cluster.hub("hub-b");
    ScriptedNode one = cluster.node("node-1");
    TestClient client = client(first);
    one.pauseAfter = 6;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Both");
    Waits.until("six are stored", () ->
      "6".equals(database.value("SELECT position FROM generation"))
    );
    line.cut();
    one.pauseAfter = 9;
    Waits.until("nine are shown", () -> shown(socket, saved) == 9);
    one.die();
    first.vanish();
    line.restore();
    ScriptedNode two = cluster.node("node-2");

    TestClient.Socket after = client.at(second.port()).socket();
    after.send(new ClientFrame.Resume(saved.generationId(), 1, 9));
    HubFrame.Resumed resumed = after.await(HubFrame.Resumed.class);
    assertThat(resumed.mode()).isEqualTo(HubFrame.Mode.REWIND);
    assertThat(resumed.position()).isEqualTo(6);
    after.await(HubFrame.Finished.class);

    assertThat(two.generated.getFirst().continueIds()).hasSize(6);
    assertThat(after.text(saved.generationId())).isEqualTo(two.says.substring(6));
    assertThat(answer(client.at(second.port()), saved).getString("text")).isEqualTo(two.says);
    TestClient.Socket late = client.at(second.port()).socket();
    late.send(new ClientFrame.Resume(saved.generationId(), 1, 9));
    assertThat(late.await(HubFrame.Resumed.class).mode()).isEqualTo(HubFrame.Mode.REWIND);
    assertNothingIsLeft();
  }

  @Test
  void aHubCutOffFromTheDatabaseFindsItselfFencedAndItsReaderReadsOnFromTheNewOwner()
    throws Exception {
    TcpProxy own = TcpProxy.to(browser, database.url().host(), database.url().port());
    TestHub.Hub first = cluster.hub(
      "hub-a",
      Map.of("ATRIUM_DATABASE_URL", own.url(database.url()).reveal())
    );
    cluster.hub("hub-b");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = client(first);
    node.pauseAfter = 4;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Fenced");
    Waits.until("some is shown", () -> shown(socket, saved) == 4);

    own.cut();
    node.pauseAfter = 8;
    assertThat(socket.await(HubFrame.Storing.class).stored()).isFalse();
    Waits.until("the other hub owns it", () ->
      "hub-b".equals(database.value("SELECT owner FROM generation"))
    );
    own.restore();
    node.pauseAfter = Integer.MAX_VALUE;
    HubFrame.Finished finished = socket.await(HubFrame.Finished.class);

    assertThat(finished.epoch()).isEqualTo(2);
    assertThat(socket.text(saved.generationId())).isEqualTo(node.says);
    assertThat(node.generated).hasSize(1);
    assertNothingIsLeft();
  }

  @Test
  void aStopWhileNobodyOwnsTheAnswerReachesTheNextOwner() throws Exception {
    TestHub.Hub first = cluster.hub("hub-a");
    TestHub.Hub second = cluster.hub("hub-b");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = client(first);
    node.pauseAfter = 5;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Stop me");
    Waits.until("some is shown", () -> shown(socket, saved) == 5);
    first.vanish();

    TestClient.Socket after = client.at(second.port()).socket();
    after.send(new ClientFrame.Resume(saved.generationId(), 1, 5));
    after.send(new ClientFrame.Stop(saved.generationId()));
    assertThat(after.await(HubFrame.Finished.class).reason()).isEqualTo(HubFrame.Reason.STOPPED);
    assertThat(answer(client.at(second.port()), saved).getString("text")).isEqualTo(
      node.says.substring(0, 5)
    );
    assertNothingIsLeft();
  }

  @Test
  void anAnswerThatWasStoppedIsStoppedThoughItsHubDiesBeforeTheEndIsStored() throws Exception {
    TestHub.Hub first = cluster.hub("hub-a");
    TestHub.Hub second = cluster.hub("hub-b");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = client(first);
    node.pauseAfter = 5;
    node.delivers = event -> !(event instanceof GenerationEvent.Finished);
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Stop me");
    Waits.until("some is shown", () -> shown(socket, saved) == 5);
    socket.send(new ClientFrame.Stop(saved.generationId()));
    Waits.until("the wish is noted", () ->
      "1".equals(database.value("SELECT count(stop_requested_at) FROM generation"))
    );
    first.vanish();
    node.delivers = _ -> true;

    TestClient.Socket after = client.at(second.port()).socket();
    after.send(new ClientFrame.Resume(saved.generationId(), 1, 5));
    assertThat(after.await(HubFrame.Finished.class).reason()).isEqualTo(HubFrame.Reason.STOPPED);
    assertNothingIsLeft();
  }

  @Test
  void anEndIsToldOnceThoughTheOwnersWordThatItIsFollowedIsLost() throws Exception {
    TestHub.Hub owner = cluster.hub("hub-a");
    TestHub.Hub other = cluster.hub("hub-b");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = client(owner);
    node.pauseAfter = 5;
    HubFrame.Saved saved = client.socket().ask("Once");
    Waits.until("some is stored", () ->
      "5".equals(database.value("SELECT position FROM generation"))
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
  void aHubThatLeavesHandsItsAnswersToAnotherAtOnce() throws Exception {
    TestHub.Hub first = cluster.hub("hub-a");
    TestHub.Hub second = cluster.hub("hub-b");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = client(first);
    node.pauseAfter = 6;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Hand over");
    Waits.until("some is shown", () -> shown(socket, saved) == 6);

    long begun = System.nanoTime();
    first.stop(Duration.ofSeconds(20));
    assertThat(socket.closeCode()).isEqualTo(4409);
    TestClient.Socket after = client.at(second.port()).socket();
    after.send(new ClientFrame.Resume(saved.generationId(), 1, 6));
    assertThat(after.await(HubFrame.Resumed.class).position()).isEqualTo(6);
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(4));
    node.pauseAfter = Integer.MAX_VALUE;
    after.await(HubFrame.Finished.class);
    assertThat(answer(client.at(second.port()), saved).getString("text")).isEqualTo(node.says);
    assertThat(node.generated).hasSize(1);
    assertNothingIsLeft();
  }

  @Test
  void aNewTitleGivenDuringAnAnswerIsKept() throws Exception {
    TestHub.Hub hub = cluster.hub("hub-a");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = client(hub);
    node.pauseAfter = 3;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("First title");
    Waits.until("some is shown", () -> shown(socket, saved) == 3);
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

  private void assertNothingIsLeft() throws Exception {
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

  @Test
  void aHubThatLeavesFinishesItsAnswersAndSendsItsSocketsAway() throws Exception {
    TestHub.Hub hub = cluster.hub("hub-a");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = client(hub);
    node.tokenMillis = 30;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Finish first");
    Waits.until("some is shown", () -> shown(socket, saved) > 3);

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
    assertThat(database.value("SELECT status FROM generation")).isEqualTo("done");
    assertThat(database.value("SELECT count(*) FROM hub_lease")).isEqualTo("0");
  }

  @Test
  void withoutTheDatabasePromptsAreRefusedAndAnswersFlowOn() throws Exception {
    TestHub.Hub hub = cluster.hub("hub-a");
    ScriptedNode node = cluster.node("node-1");
    TestClient client = client(hub);
    node.pauseAfter = 5;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Before");
    Waits.until("some is shown", () -> shown(socket, saved) == 5);

    line.cut();
    node.pauseAfter = 20;
    Waits.until("it flows on", () -> shown(socket, saved) >= 20);
    UUID id = UUID.randomUUID();
    socket.send(
      new ClientFrame.Send(id, Optional.empty(), Optional.empty(), Optional.empty(), "During")
    );
    HubFrame.Error refused = socket.await(HubFrame.Error.class);
    assertThat(refused.error().code()).isEqualTo("database_unavailable");
    assertThat(refused.ref()).contains(id.toString());
    assertThat(socket.ws.isClosed()).isFalse();

    line.restore();
    node.pauseAfter = Integer.MAX_VALUE;
    socket.await(HubFrame.Finished.class);
    assertThat(answer(client, saved).getString("text")).isEqualTo(node.says);
  }

  private static JsonObject answer(TestClient client, HubFrame.Saved saved) throws Exception {
    JsonArray messages = client
      .get("/api/conversations/" + saved.conversationId())
      .getJsonArray("messages");
    return messages.getJsonObject(messages.size() - 1);
  }
}
