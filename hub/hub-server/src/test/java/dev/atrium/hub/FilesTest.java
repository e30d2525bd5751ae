package dev.atrium.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.ErrorBody;
import dev.atrium.api.HubFrame;
import dev.atrium.api.PromptFile;
import dev.atrium.hub.admission.AdmissionControl;
import dev.atrium.hub.testing.ScriptedNode;
import dev.atrium.hub.testing.TestClient;
import dev.atrium.hub.testing.TestHub;
import dev.atrium.hub.testing.Waits;
import dev.atrium.inference.api.PromptMessage;
import dev.atrium.schema.testing.TestDatabase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Text files that go with a prompt: what the model reads, what the reader is told, and what is refused. */
class FilesTest {

  private static final String PHONE = "138 0013 8000";
  private static final PromptFile TIDES = new PromptFile.New("tides.csv", "3,4.1\n9,0.7\n");
  private static final String TIDES_READ = "File: tides.csv\n```\n3,4.1\n9,0.7\n```";
  private static TestDatabase database;
  private static TestHub cluster;
  private static ScriptedNode node;
  private static Vertx browser;
  private static TestClient client;
  private TestClient.Socket socket;

  @BeforeAll
  static void start() throws Exception {
    database = TestDatabase.migrated();
    cluster = new TestHub(database.url());
    TestHub.Hub hub = cluster.hub("hub-a");
    node = cluster.node("node-1");
    browser = Vertx.vertx();
    client = new TestClient(browser, hub.port()).signIn();
    client.awaitModel();
  }

  @AfterAll
  static void stop() throws Exception {
    Waits.get(browser.close());
    cluster.close();
    database.close();
  }

  @BeforeEach
  void connect() throws Exception {
    node.says = "Hello.";
    node.tokenMillis = 1;
    node.contextLength = 4_000;
    node.prepared.clear();
    socket = client.socket();
  }

  @AfterEach
  void noRules() {
    database.execute("DELETE FROM treatment_rule");
    socket.ws.close();
  }

  private static void rule(String kind, String treatment) {
    database.execute(
      "INSERT INTO treatment_rule (kind, treatment) VALUES ('%s', '%s')".formatted(kind, treatment)
    );
  }

  private static ClientFrame.Send prompt(String text, PromptFile... files) {
    return in(Optional.empty(), Optional.empty(), text, files);
  }

  private static ClientFrame.Send after(HubFrame.Saved last, String text, PromptFile... files) {
    return in(Optional.of(last.conversationId()), Optional.of(last.answerId()), text, files);
  }

  private static ClientFrame.Send in(
    Optional<UUID> conversation,
    Optional<UUID> parent,
    String text,
    PromptFile... files
  ) {
    return new ClientFrame.Send(
      UUID.randomUUID(),
      conversation,
      parent,
      Optional.empty(),
      text,
      List.of(files),
      List.of()
    );
  }

  private static ClientFrame.Send confirmed(ClientFrame.Send f, String kind) {
    return new ClientFrame.Send(
      UUID.randomUUID(),
      f.conversationId(),
      f.parentId(),
      f.model(),
      f.text(),
      f.files(),
      List.of(kind)
    );
  }

  private HubFrame.Saved answered(ClientFrame frame) throws Exception {
    socket.send(frame);
    HubFrame.Saved saved = socket.await(HubFrame.Saved.class);
    socket.await(HubFrame.Finished.class);
    return saved;
  }

  private ErrorBody refused(ClientFrame frame) throws Exception {
    socket.send(frame);
    return socket.await(HubFrame.Error.class).error();
  }

  private static PromptFile kept(HubFrame.Saved saved) {
    return new PromptFile.Kept(saved.files().getFirst().id());
  }

  private static List<String> read() {
    return node.prepared.getLast().messages().stream().map(PromptMessage::content).toList();
  }

  private static String path(HubFrame.Saved of, HubFrame.Saved file) {
    return "/api/conversations/%s/files/%s".formatted(
      of.conversationId(),
      file.files().getFirst().id()
    );
  }

  private static String code(String path) throws Exception {
    JsonObject answer = client.call(HttpMethod.GET, path, null).bodyAsJsonObject();
    return answer.getJsonObject("error", new JsonObject()).getString("code", "200");
  }

  private static JsonArray messages(HubFrame.Saved saved) throws Exception {
    return client.get("/api/conversations/" + saved.conversationId()).getJsonArray("messages");
  }

  @Test
  void theModelReadsThemWithThePromptInLaterTurnsAndForAnotherAnswer() throws Exception {
    HubFrame.Saved saved = answered(
      prompt("Which is lower?", TIDES, new PromptFile.New("b.md", "a ``` b"))
    );
    String whole = TIDES_READ + "\n\nFile: b.md\n````\na ``` b\n````\n\nWhich is lower?";
    assertThat(read()).containsExactly(whole);
    answered(new ClientFrame.Retry(UUID.randomUUID(), saved.answerId()));
    assertThat(read()).containsExactly(whole);
    answered(after(saved, "And then?"));
    assertThat(read()).containsExactly(whole, "Hello.", "And then?");
  }

  @Test
  void theReaderIsToldOfThemAndGetsEachByItsId() throws Exception {
    HubFrame.Saved saved = answered(prompt("", TIDES, new PromptFile.New("b.txt", "你好")));
    assertThat(saved.title()).isEqualTo("tides.csv");
    JsonObject message = messages(saved).getJsonObject(0);
    assertThat(message.getString("text")).isEmpty();
    UUID first = saved.files().getFirst().id();
    assertThat(message.getJsonArray("files")).isEqualTo(
      new JsonArray()
        .add(new JsonObject().put("id", first.toString()).put("name", "tides.csv").put("bytes", 12))
        .add(
          new JsonObject()
            .put("id", saved.files().get(1).id().toString())
            .put("name", "b.txt")
            .put("bytes", 6)
        )
    );
    assertThat(messages(saved).getJsonObject(1).containsKey("files")).isFalse();
    assertThat(client.get(path(saved, saved))).isEqualTo(
      new JsonObject()
        .put("id", first.toString())
        .put("name", "tides.csv")
        .put("text", "3,4.1\n9,0.7\n")
    );
    assertThat(
      database.value(
        "SELECT details ->> 'files' FROM audit_record WHERE action = 'generation.begin' AND target_id = '%s'".formatted(
          saved.generationId()
        )
      )
    ).isEqualTo("2");
    assertThat(
      database.value("SELECT string_agg(details::text, ' ') FROM audit_record")
    ).doesNotContain("tides.csv");
  }

  @Test
  void aFrameThatIsSentAgainSavesThemOnce() throws Exception {
    ClientFrame.Send frame = prompt("Which is lower?", TIDES);
    HubFrame.Saved saved = answered(frame);
    socket.send(frame);
    assertThat(socket.await(HubFrame.Saved.class).files()).isEqualTo(saved.files());
    assertThat(messages(saved)).hasSize(2);
  }

  @Test
  void aPromptThatIsEditedKeepsItsFiles() throws Exception {
    HubFrame.Saved saved = answered(prompt("Which is lower?", TIDES));
    HubFrame.Saved edited = answered(
      in(
        Optional.of(saved.conversationId()),
        Optional.empty(),
        "Which is higher?",
        kept(saved),
        new PromptFile.New("more.csv", "15,4.0")
      )
    );
    assertThat(read()).containsExactly(
      TIDES_READ + "\n\nFile: more.csv\n```\n15,4.0\n```\n\nWhich is higher?"
    );
    assertThat(edited.files())
      .extracting(f -> f.name())
      .containsExactly("tides.csv", "more.csv");
    assertThat(edited.files().getFirst().id()).isNotEqualTo(saved.files().getFirst().id());
    assertThat(client.get(path(edited, edited)).getString("text")).isEqualTo(
      client.get(path(saved, saved)).getString("text")
    );
  }

  @Test
  void aFileOfAnotherConversationIsNotThere() throws Exception {
    HubFrame.Saved saved = answered(prompt("Which is lower?", TIDES));
    HubFrame.Saved other = answered(prompt("Another matter"));
    String count = database.value("SELECT count(*) FROM message");
    for (ClientFrame.Send frame : List.of(
      prompt("Again", kept(saved)),
      after(other, "Again", kept(saved)),
      after(saved, "Again", new PromptFile.Kept(UUID.randomUUID()))
    )) {
      ErrorBody error = refused(frame);
      assertThat(error.code()).isEqualTo("not_found");
      assertThat(error.args()).containsEntry("what", "file");
    }
    assertThat(database.value("SELECT count(*) FROM message")).isEqualTo(count);
    assertThat(code(path(saved, saved))).isEqualTo("200");
    assertThat(code(path(other, saved))).isEqualTo("not_found");
    assertThat(
      code("/api/conversations/" + saved.conversationId() + "/files/" + UUID.randomUUID())
    ).isEqualTo("not_found");
    client.call(
      HttpMethod.DELETE,
      "/api/conversations/" + saved.conversationId(),
      new JsonObject()
    );
    assertThat(code(path(saved, saved))).isEqualTo("not_found");
  }

  @Test
  void aPromptAndItsFilesTogetherHaveABound() throws Exception {
    node.contextLength = 200_000;
    assertThat(refused(prompt("  ")).code()).isEqualTo("bad_field");
    int most = AdmissionControl.MOST_CODE_POINTS;
    PromptFile large = new PromptFile.New("a", "x".repeat(most - 10_001));
    ErrorBody error = refused(prompt("y".repeat(10_002), large));
    assertThat(error.code()).isEqualTo("prompt_too_long");
    assertThat(error.args()).containsEntry("length", most + 1).containsEntry("limit", most);
    HubFrame.Saved saved = answered(prompt("👋" + "y".repeat(10_000), large));
    // What is kept counts as what is new.
    assertThat(refused(after(saved, "y".repeat(10_002), kept(saved))).code()).isEqualTo(
      "prompt_too_long"
    );
  }

  @Test
  void theirTokensAreCountedAndTheyGoWithTheirTurnWhenItIsLeftOut() throws Exception {
    socket.send(prompt("Look", new PromptFile.New("a", "x".repeat(3_000))));
    HubFrame.Saved saved = socket.await(HubFrame.Saved.class);
    assertThat(socket.await(HubFrame.Finished.class).usage().promptTokens()).isGreaterThan(3_000);
    socket.send(after(saved, "Look", new PromptFile.New("a", "y".repeat(2_000))));
    HubFrame.Notice notice = socket.await(HubFrame.Notice.class);
    assertThat(notice.code()).isEqualTo("history_trimmed");
    socket.await(HubFrame.Finished.class);
    assertThat(read()).singleElement().asString().contains("yyy").doesNotContain("xxx");
    socket.send(prompt("Look", new PromptFile.New("a", "x".repeat(5_000))));
    assertThat(socket.await(HubFrame.Failed.class).error().code()).isEqualTo("context_full");
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> spans(ErrorBody error) {
    return new JsonObject(error.args()).getJsonArray("spans").getList();
  }

  @Test
  void aRefusalSaysInWhichFileAndWhereAndNotWhat() throws Exception {
    rule("phone", "refuse");
    ErrorBody error = refused(
      prompt("Whose?", TIDES, new PromptFile.New(PHONE + ".txt", "👋 call " + PHONE))
    );
    assertThat(error.code()).isEqualTo("sensitive_refused");
    assertThat(spans(error)).containsExactly(
      Map.of(
        "kind",
        "phone",
        "start",
        0,
        "end",
        13,
        "startUtf16",
        0,
        "endUtf16",
        13,
        "file",
        1,
        "fileName",
        true
      ),
      Map.of("kind", "phone", "start", 7, "end", 20, "startUtf16", 8, "endUtf16", 21, "file", 1)
    );
    assertThat(new JsonObject(error.args()).encode()).doesNotContain("8000");
  }

  @Test
  void whatIsWarnedOfInAFileIsConfirmedWithItsPromptForGood() throws Exception {
    rule("phone", "warn");
    ClientFrame.Send frame = prompt("Whose?", new PromptFile.New("a.txt", PHONE));
    assertThat(refused(frame).code()).isEqualTo("sensitive_unconfirmed");
    HubFrame.Saved saved = answered(confirmed(frame, "phone"));
    answered(after(saved, "And then?"));
    database.execute("UPDATE treatment_rule SET treatment = 'refuse'");
    assertThat(spans(refused(after(saved, "And then?"))))
      .singleElement()
      .satisfies(span ->
        assertThat(span)
          .containsEntry("messageId", saved.userMessageId().toString())
          .containsEntry("file", 0)
      );
  }

  @Test
  void aMaskedValueInAFileIsNeverSeenByTheModelAndPutBackInTheAnswer() throws Exception {
    rule("phone", "mask");
    node.says = "Call [PHONE_1].";
    PromptFile file = new PromptFile.New(PHONE + ".txt", "It is 13800138000, not [PHONE_2]");
    HubFrame.Saved saved = answered(prompt("Whose?", file));
    assertThat(saved.masked()).isEqualTo(1);
    assertThat(socket.text(saved.generationId())).isEqualTo("Call " + PHONE + ".");
    String seen = "File: [PHONE_1].txt\n```\nIt is [PHONE_1], not [PHONE_2]\n```\n\nWhose?";
    assertThat(read()).containsExactly(seen);
    answered(new ClientFrame.Retry(UUID.randomUUID(), saved.answerId()));
    assertThat(read()).containsExactly(seen);
    answered(after(saved, "And " + PHONE + "?", kept(saved)));
    assertThat(read()).containsExactly(
      seen,
      "Call [PHONE_1].",
      seen.replace("Whose?", "And [PHONE_1]?")
    );
    assertThat(client.get(path(saved, saved)).getString("text")).contains("13800138000");
  }

  @Test
  void anotherNodeThatGoesOnReadsThemToo() throws Exception {
    node.pauseAfter = 3;
    socket.send(prompt("Which is lower?", TIDES));
    HubFrame.Saved saved = socket.await(HubFrame.Saved.class);
    Waits.until("some is shown", () -> socket.text(saved.generationId()).length() == 3);
    ScriptedNode other = cluster.node("node-2");
    other.says = node.says;
    Thread.sleep(600);
    node.die();
    try {
      socket.await(HubFrame.Finished.class);
      assertThat(other.prepared.getLast().messages())
        .singleElement()
        .satisfies(m -> assertThat(m.content()).isEqualTo(TIDES_READ + "\n\nWhich is lower?"));
    } finally {
      node.pauseAfter = Integer.MAX_VALUE;
      node.restart();
      other.die();
      client.awaitModel();
    }
  }
}
