package dev.atrium.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.testing.FaultyCluster;
import dev.atrium.hub.testing.ScriptedNode;
import dev.atrium.hub.testing.TestClient;
import dev.atrium.hub.testing.TestHub;
import dev.atrium.hub.testing.Waits;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Hubs and nodes go while pseudonyms of an answer are put back: nobody can tell from the text. */
class MaskedAnswersTest {

  private static final String PROMPT =
    "打给 13800138000，邮箱 li@example.com，证件 11010519491231002X。";
  private static final String WRITTEN = "好的：[PHONE_1]，[email_1]👋；证件 PERSON_ID_1。[PHONE_1";
  private static final String READ =
    "好的：13800138000，li@example.com👋；证件 11010519491231002X。[13800138000";

  private FaultyCluster cluster;
  private TestHub.Hub first;
  private ScriptedNode node;
  private TestClient client;

  @BeforeEach
  void start() throws Exception {
    cluster = new FaultyCluster();
    first = cluster.hub("hub-a");
    node = cluster.node("node-1");
    node.says = WRITTEN;
    client = cluster.client(first);
    cluster.database.execute(
      "INSERT INTO treatment_rule (kind, treatment) VALUES ('phone', 'mask'), ('email', 'mask'), ('person_id', 'mask')"
    );
  }

  @AfterEach
  void stop() throws Exception {
    cluster.close();
  }

  /** The first so many tokens, and what of them is shown. */
  private TestClient.Socket ask(int tokens, String shown) throws Exception {
    node.pauseAfter = tokens;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask(PROMPT);
    assertThat(saved.masked()).isEqualTo(3);
    Waits.until("some is shown", () -> socket.text(saved.generationId()).equals(shown));
    Waits.until("it is stored", () ->
      cluster.database.value("SELECT position FROM generation").equals(length(shown))
    );
    return socket;
  }

  private static String length(String text) {
    return Integer.toString(text.codePointCount(0, text.length()));
  }

  private static HubFrame.Saved saved(TestClient.Socket socket) {
    return socket.all(HubFrame.Saved.class).findFirst().orElseThrow();
  }

  private static String stored(TestClient at, HubFrame.Saved saved) throws Exception {
    return FaultyCluster.answer(at, saved).getString("text");
  }

  @Test
  void whateverIsHeldBackAtTheEndIsShownAndStored() throws Exception {
    TestClient.Socket socket = ask(Integer.MAX_VALUE, READ);
    HubFrame.Finished finished = socket.await(HubFrame.Finished.class);
    assertThat(finished.length()).isEqualTo(READ.codePointCount(0, READ.length()));
    assertThat(stored(client, saved(socket))).isEqualTo(READ);
  }

  @Test
  void aStoppedAnswerShowsWhatWasHeldBackAsItIs() throws Exception {
    TestClient.Socket socket = ask(7, "好的：");
    socket.send(new ClientFrame.Stop(saved(socket).generationId()));
    socket.await(HubFrame.Finished.class);
    assertThat(socket.text(saved(socket).generationId())).isEqualTo("好的：[PHO");
    assertThat(stored(client, saved(socket))).isEqualTo("好的：[PHO");
  }

  @Test
  void anotherHubGoesOnInTheMiddleOfAPseudonym() throws Exception {
    TestHub.Hub second = cluster.hub("hub-b");
    TestClient.Socket socket = ask(7, "好的：");
    HubFrame.Saved saved = saved(socket);

    // Rules of another moment change nothing about an answer that is being written.
    cluster.database.execute("DELETE FROM treatment_rule");
    first.vanish();
    TestClient there = client.at(second.port());
    TestClient.Socket after = there.socket();
    after.send(new ClientFrame.Resume(saved.generationId(), 1, 3));
    node.pauseAfter = Integer.MAX_VALUE;
    after.await(HubFrame.Finished.class);
    assertThat("好的：" + after.text(saved.generationId())).isEqualTo(READ);
    assertThat(stored(there, saved)).isEqualTo(READ);
    assertThat(node.generated).hasSize(1);
    cluster.assertNothingIsLeft();
  }

  @Test
  void hubAndNodeGoTogetherAndTheAnswerGoesOnFromWhatIsStored() throws Exception {
    TestHub.Hub second = cluster.hub("hub-b");
    TestClient.Socket socket = ask(17, "好的：13800138000，");
    HubFrame.Saved saved = saved(socket);
    ScriptedNode other = cluster.node("node-2");
    other.says = WRITTEN;
    TestClient there = client.at(second.port());
    there.awaitModel();

    first.vanish();
    node.die();
    TestClient.Socket after = there.socket();
    after.send(new ClientFrame.Resume(saved.generationId(), 1, 15));
    after.await(HubFrame.Finished.class);
    assertThat("好的：13800138000，" + after.text(saved.generationId())).isEqualTo(READ);
    assertThat(stored(there, saved)).isEqualTo(READ);
    // The very same question, though the rules could have changed.
    assertThat(other.prepared.getLast().messages()).isEqualTo(node.prepared.getLast().messages());
    assertThat(other.prepared.getLast().messages().getLast().content()).isEqualTo(
      "打给 [PHONE_1]，邮箱 [EMAIL_1]，证件 [PERSON_ID_1]。"
    );
  }

  @Test
  void tokensThatWereNeitherShownNorStoredAreWrittenAgainByTheNextNode() throws Exception {
    TestClient.Socket socket = ask(3, "好的：");
    HubFrame.Saved saved = saved(socket);
    node.pauseAfter = 7;
    Waits.until("stored", () ->
      cluster.database.value("SELECT node_seq FROM generation").equals("4")
    );
    Thread.sleep(300);
    ScriptedNode other = cluster.node("node-2");
    other.says = WRITTEN;
    Thread.sleep(600);
    node.die();
    HubFrame.Finished finished = socket.await(HubFrame.Finished.class);
    assertThat(socket.text(saved.generationId())).isEqualTo(READ);
    assertThat(stored(client, saved)).isEqualTo(READ);
    List<Integer> continued = other.generated.getFirst().continueIds();
    assertThat(continued).containsExactlyElementsOf("好的：".codePoints().boxed().toList());
    int tokens = WRITTEN.codePointCount(0, WRITTEN.length());
    assertThat(finished.usage().completionTokens()).isEqualTo(tokens);
    assertThat(cluster.database.value("SELECT sum(used_completion) FROM reservation")).isEqualTo(
      Integer.toString(tokens)
    );
  }
}
