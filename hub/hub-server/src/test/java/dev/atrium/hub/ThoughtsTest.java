package dev.atrium.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.HubFrame;
import dev.atrium.api.HubFrame.Part;
import dev.atrium.hub.testing.FaultyCluster;
import dev.atrium.hub.testing.ScriptedNode;
import dev.atrium.hub.testing.TestClient;
import dev.atrium.hub.testing.TestHub;
import dev.atrium.hub.testing.Waits;
import dev.atrium.inference.api.PromptMessage;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Thoughts are shown and stored apart from what is said, whoever is lost in between. */
class ThoughtsTest {

  private static final String WRITTEN = "‹Which one? 河内 👋›It is 22 °C.";
  private static final String THOUGHT = "Which one? 河内 👋";
  private static final String SAID = "It is 22 °C.";
  private static final String SHOWN = THOUGHT + SAID;

  private FaultyCluster cluster;
  private TestHub.Hub first;
  private ScriptedNode node;
  private TestClient client;

  @BeforeEach
  void start() throws Exception {
    cluster = new FaultyCluster();
    first = cluster.hub("hub-a");
    node = thinker("node-1");
    client = cluster.client(first);
  }

  @AfterEach
  void stop() throws Exception {
    cluster.close();
  }

  private ScriptedNode thinker(String name) throws Exception {
    ScriptedNode thinker = cluster.node(name);
    thinker.says = WRITTEN;
    thinker.thinks = true;
    return thinker;
  }

  @Test
  void aThoughtComesAsOneIsStoredAsOneAndIsNotSentToTheModelAgain() throws Exception {
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("How warm is it?");
    HubFrame.Finished finished = socket.await(HubFrame.Finished.class);
    assertThat(finished.length()).isEqualTo(SHOWN.codePointCount(0, SHOWN.length()));
    assertThat(shown(socket, saved.generationId(), Part.THOUGHT)).isEqualTo(THOUGHT);
    assertThat(shown(socket, saved.generationId(), Part.ANSWER)).isEqualTo(SAID);
    JsonObject stored = FaultyCluster.answer(client, saved);
    assertThat(stored.getString("text")).isEqualTo(SAID);
    assertThat(stored.getJsonArray("parts")).isEqualTo(parts(THOUGHT, SAID));
    assertThat(stored.getJsonObject("generation").getInteger("position")).isEqualTo(
      finished.length()
    );
    assertThat(
      cluster.database.value(
        "SELECT string_agg(kind, ',' ORDER BY ordinal) FROM message_part p JOIN message m ON m.id = p.message_id WHERE m.role = 'assistant'"
      )
    ).isEqualTo("reasoning,text");
    // Who comes later is sent the same from the database.
    TestClient.Socket late = client.socket();
    late.send(new ClientFrame.Resume(saved.generationId(), 1, 3));
    late.await(HubFrame.Finished.class);
    assertThat(shown(late, saved.generationId(), Part.THOUGHT)).isEqualTo(THOUGHT.substring(3));
    assertThat(shown(late, saved.generationId(), Part.ANSWER)).isEqualTo(SAID);

    socket.ask(Optional.of(saved.conversationId()), Optional.of(saved.answerId()), "And now?");
    Waits.until("the second prompt is there", () -> node.prepared.size() == 2);
    assertThat(node.prepared.getLast().messages())
      .extracting(PromptMessage::content)
      .containsExactly("How warm is it?", SAID, "And now?");
    assertThat(node.prepared.getLast().options().parts()).isTrue();
  }

  @Test
  void anotherHubGoesOnInTheMiddleOfAThought() throws Exception {
    TestHub.Hub second = cluster.hub("hub-b");
    HubFrame.Saved saved = askAndPause(6, "Which");
    first.vanish();
    TestClient there = client.at(second.port());
    TestClient.Socket after = there.socket();
    after.send(new ClientFrame.Resume(saved.generationId(), 1, 2));
    node.pauseAfter = Integer.MAX_VALUE;
    after.await(HubFrame.Finished.class);
    assertThat(shown(after, saved.generationId(), Part.THOUGHT)).isEqualTo(THOUGHT.substring(2));
    assertThat(shown(after, saved.generationId(), Part.ANSWER)).isEqualTo(SAID);
    assertThat(FaultyCluster.answer(there, saved).getJsonArray("parts")).isEqualTo(
      parts(THOUGHT, SAID)
    );
    cluster.assertNothingIsLeft();
  }

  @Test
  void anotherNodeGoesOnWhereTheThoughtHasJustEnded() throws Exception {
    int thought = 2 + THOUGHT.codePointCount(0, THOUGHT.length());
    HubFrame.Saved saved = askAndPause(thought, THOUGHT);
    ScriptedNode other = thinker("node-2");
    TestClient.Socket reader = client.socket();
    reader.send(new ClientFrame.Resume(saved.generationId(), 1, 0));
    Waits.until("the reader has the thought", () ->
      reader.text(saved.generationId()).equals(THOUGHT)
    );
    node.die();
    reader.await(HubFrame.Finished.class);
    assertThat(shown(reader, saved.generationId(), Part.THOUGHT)).isEqualTo(THOUGHT);
    assertThat(shown(reader, saved.generationId(), Part.ANSWER)).isEqualTo(SAID);
    assertThat(other.generated).hasSize(1);
    assertThat(FaultyCluster.answer(client, saved).getJsonArray("parts")).isEqualTo(
      parts(THOUGHT, SAID)
    );
    // The second node read the prompt and what was written, the first one the prompt.
    int prompt = "How warm is it?".length() + 4;
    assertThat(
      cluster.database.value("SELECT prefilled_tokens FROM attempt WHERE number = 1")
    ).isEqualTo(Integer.toString(prompt));
    assertThat(
      cluster.database.value(
        "SELECT ((SELECT sum(prefilled_tokens) FROM attempt) = prefilled_tokens)::text FROM generation"
      )
    ).isEqualTo("true");
    cluster.assertNothingIsLeft();
  }

  private HubFrame.Saved askAndPause(int tokens, String shown) throws Exception {
    node.pauseAfter = tokens;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("How warm is it?");
    Waits.until("some is shown", () -> socket.text(saved.generationId()).equals(shown));
    String length = Integer.toString(shown.codePointCount(0, shown.length()));
    Waits.until("it is stored", () ->
      cluster.database.value("SELECT position FROM generation").equals(length)
    );
    return saved;
  }

  private static String shown(TestClient.Socket socket, UUID generation, Part part) {
    return socket
      .all(HubFrame.Delta.class)
      .filter(delta -> delta.generationId().equals(generation) && delta.part() == part)
      .map(HubFrame.Delta::text)
      .collect(Collectors.joining());
  }

  private static JsonArray parts(String thought, String said) {
    return new JsonArray(
      List.of(
        new JsonObject().put("type", "thought").put("text", thought),
        new JsonObject().put("type", "answer").put("text", said)
      )
    );
  }
}
