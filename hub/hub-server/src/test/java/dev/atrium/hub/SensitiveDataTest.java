package dev.atrium.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.ErrorBody;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.testing.ScriptedNode;
import dev.atrium.hub.testing.TestClient;
import dev.atrium.hub.testing.TestHub;
import dev.atrium.hub.testing.Waits;
import dev.atrium.schema.testing.TestDatabase;
import io.vertx.core.Vertx;
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

/** Sensitive data in prompts, on two hubs: refused, warned of, and masked. */
class SensitiveDataTest {

  private static final String PHONE = "138 0013 8000";
  private static TestDatabase database;
  private static TestHub cluster;
  private static ScriptedNode node;
  private static Vertx browser;
  private static TestClient client;
  private static TestClient elsewhere;
  private TestClient.Socket socket;

  @BeforeAll
  static void start() throws Exception {
    database = TestDatabase.migrated();
    cluster = new TestHub(database.url());
    TestHub.Hub a = cluster.hub("hub-a");
    TestHub.Hub b = cluster.hub("hub-b");
    node = cluster.node("node-1");
    browser = Vertx.vertx();
    client = new TestClient(browser, a.port()).signIn();
    elsewhere = client.at(b.port());
    for (TestClient at : List.of(client, elsewhere)) {
      at.awaitModel();
    }
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
    node.prepared.clear();
    socket = client.socket();
  }

  @AfterEach
  void noRules() {
    database.execute("DELETE FROM treatment_rule; DELETE FROM sensitive_word");
    socket.ws.close();
  }

  private static void rule(String kind, String treatment) {
    database.execute(
      "INSERT INTO treatment_rule (kind, treatment) VALUES ('%s', '%s')".formatted(kind, treatment)
    );
  }

  private static ClientFrame.Send prompt(String text, String... confirm) {
    return after(Optional.empty(), text, confirm);
  }

  private static ClientFrame.Send after(
    Optional<HubFrame.Saved> last,
    String text,
    String... confirm
  ) {
    return new ClientFrame.Send(
      UUID.randomUUID(),
      last.map(HubFrame.Saved::conversationId),
      last.map(HubFrame.Saved::answerId),
      Optional.empty(),
      text,
      List.of(confirm)
    );
  }

  private HubFrame.Saved answered(ClientFrame frame) throws Exception {
    socket.send(frame);
    HubFrame.Saved saved = socket.await(HubFrame.Saved.class);
    socket.await(HubFrame.Finished.class);
    return saved;
  }

  private ErrorBody refused(ClientFrame frame) throws Exception {
    return refused(socket, frame);
  }

  private static ErrorBody refused(TestClient.Socket at, ClientFrame frame) throws Exception {
    at.send(frame);
    return at.await(HubFrame.Error.class).error();
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> spans(ErrorBody error) {
    return new JsonObject(error.args()).getJsonArray("spans").getList();
  }

  private static JsonArray messages(HubFrame.Saved saved) throws Exception {
    return client.get("/api/conversations/" + saved.conversationId()).getJsonArray("messages");
  }

  @Test
  void whatIsForbiddenIsRefusedWithItsPlacesAndWithoutItsText() throws Exception {
    rule("bank_card", "refuse");
    String before = database.value("SELECT count(*) FROM message");
    ErrorBody error = refused(prompt("👋 我的卡号 4111 1111 1111 1111"));
    assertThat(error.code()).isEqualTo("sensitive_refused");
    assertThat(error.args().get("kinds")).isEqualTo(List.of("bank_card"));
    assertThat(spans(error)).containsExactly(
      Map.of("kind", "bank_card", "start", 7, "end", 26, "startUtf16", 8, "endUtf16", 27)
    );
    assertThat(error.message()).contains(ScriptedNode.MODEL);
    assertThat(database.value("SELECT count(*) FROM message")).isEqualTo(before);
    assertThat(node.prepared).isEmpty();
    Waits.until("it is recorded", () ->
      "sensitive_refused".equals(
        database.value(
          "SELECT details ->> 'reason' FROM audit_record WHERE target_kind = 'sensitive_data' AND target_id = 'bank_card'"
        )
      )
    );
    assertThat(
      database.value("SELECT string_agg(details::text, ' ') FROM audit_record")
    ).doesNotContain("4111");
    // A confirmation is no way around it.
    assertThat(refused(prompt("4111111111111111", "bank_card")).code()).isEqualTo(
      "sensitive_refused"
    );
  }

  @Test
  void whatIsWarnedOfIsSentOnceItsWriterConfirmsAndNotAskedAgain() throws Exception {
    rule("phone", "warn");
    ErrorBody error = refused(prompt("Call " + PHONE));
    assertThat(error.code()).isEqualTo("sensitive_unconfirmed");
    assertThat(refused(prompt("Call " + PHONE, "email")).code()).isEqualTo("sensitive_unconfirmed");
    HubFrame.Saved saved = answered(prompt("Call " + PHONE, "phone"));
    assertThat(saved.masked()).isZero();
    assertThat(node.prepared.getLast().messages().getLast().content()).isEqualTo("Call " + PHONE);
    assertThat(
      database.value(
        "SELECT details -> 'confirmed' FROM audit_record WHERE action = 'generation.begin' AND result = 'ok' ORDER BY id DESC LIMIT 1"
      )
    ).isEqualTo("\"phone\"");

    HubFrame.Saved next = answered(after(Optional.of(saved), "And then?"));
    answered(new ClientFrame.Retry(UUID.randomUUID(), next.answerId()));
    // Another number is another question.
    assertThat(refused(after(Optional.of(next), "Or 13900139000?")).code()).isEqualTo(
      "sensitive_unconfirmed"
    );
  }

  @Test
  void whatWasSentUnderAMilderRuleIsJudgedAgainWhenItIsSentAgain() throws Exception {
    String text = "Call " + PHONE;
    HubFrame.Saved saved = answered(prompt(text));
    rule("phone", "refuse");
    ErrorBody error = refused(after(Optional.of(saved), "And then?"));
    assertThat(error.code()).isEqualTo("sensitive_refused");
    assertThat(spans(error))
      .singleElement()
      .satisfies(span ->
        assertThat(span)
          .containsEntry("messageId", saved.userMessageId().toString())
          .containsEntry("start", 5)
          .containsEntry("end", 18)
      );
    ClientFrame.Retry retry = new ClientFrame.Retry(UUID.randomUUID(), saved.answerId());
    assertThat(refused(retry).code()).isEqualTo("sensitive_refused");

    database.execute("UPDATE treatment_rule SET treatment = 'warn'");
    assertThat(refused(retry).code()).isEqualTo("sensitive_unconfirmed");
    answered(new ClientFrame.Retry(UUID.randomUUID(), saved.answerId(), List.of("phone")));
    // With that it is confirmed for good.
    answered(after(Optional.of(saved), "And then?"));
  }

  @Test
  void aMaskedValueIsSeenByTheReaderAndNotByTheModel() throws Exception {
    rule("phone", "mask");
    rule("email", "mask");
    node.says = "Write to [EMAIL_1] or call [phone 1], not [PHONE_2]. 【PHONE_1】";
    HubFrame.Saved saved = answered(prompt("I am at " + PHONE + " and li@example.com."));
    assertThat(saved.masked()).isEqualTo(2);
    assertThat(node.prepared.getLast().messages().getLast().content()).isEqualTo(
      "I am at [PHONE_1] and [EMAIL_1]."
    );
    String shown = "Write to li@example.com or call %s, not [PHONE_2]. %s".formatted(PHONE, PHONE);
    assertThat(socket.text(saved.generationId())).isEqualTo(shown);
    JsonObject answer = messages(saved).getJsonObject(1);
    assertThat(answer.getString("text")).isEqualTo(shown);
    assertThat(answer.getBoolean("masked")).isTrue();
    assertThat(messages(saved).getJsonObject(0).getString("text")).contains(PHONE);

    // What was put back is masked again on its way out, also in another way of writing.
    node.says = "Yes, [PHONE_1].";
    HubFrame.Saved next = answered(after(Optional.of(saved), "13800138000?"));
    assertThat(node.prepared.getLast().messages())
      .extracting(m -> m.content())
      .containsExactly(
        "I am at [PHONE_1] and [EMAIL_1].",
        "Write to [EMAIL_1] or call [PHONE_1], not [PHONE_2]. [PHONE_1]",
        "[PHONE_1]?"
      );
    assertThat(socket.text(next.generationId())).isEqualTo("Yes, " + PHONE + ".");
    assertThat(
      database.value(
        "SELECT details -> 'masked' FROM audit_record WHERE action = 'generation.begin' AND result = 'ok' ORDER BY id DESC LIMIT 1"
      )
    ).isEqualTo("{\"email\": 1, \"phone\": 1}");
  }

  @Test
  void aModelsOwnWordsAreNoReasonToRefuseTheNextPrompt() throws Exception {
    node.says = "Try 13800138000.";
    HubFrame.Saved saved = answered(prompt("A number, please"));
    rule("phone", "refuse");
    answered(after(Optional.of(saved), "Thanks"));
  }

  @Test
  void rulesAndWordsAreObeyedByTheVeryNextPromptOnEveryHub() throws Exception {
    TestClient.Socket there = elsewhere.socket();
    for (int i = 0; i < 5; i++) {
      database.execute(
        """
        INSERT INTO sensitive_word (word, normalised) VALUES ('阿波罗%1$d号', '阿波罗%1$d号');
        INSERT INTO treatment_rule (kind, model, department_id, treatment)
          SELECT 'word', '%2$s', department_id, 'refuse' FROM app_user WHERE name = 'admin'""".formatted(
            i,
            ScriptedNode.MODEL
          )
      );
      for (TestClient.Socket at : List.of(there, socket)) {
        ErrorBody error = refused(at, prompt("说说阿波罗" + i + "号"));
        assertThat(error.code()).isEqualTo("sensitive_refused");
      }
      noRules(i);
      there.send(prompt("说说阿波罗" + i + "号"));
      there.await(HubFrame.Saved.class);
      there.await(HubFrame.Finished.class);
    }
  }

  private static void noRules(int round) {
    database.execute(
      "DELETE FROM sensitive_word WHERE word = '阿波罗%d号'; DELETE FROM treatment_rule".formatted(
        round
      )
    );
  }

  @Test
  void aRuleForAnotherModelOrDepartmentDoesNotApply() throws Exception {
    database.execute(
      """
      INSERT INTO model (name, kind, title) VALUES ('other', 'chat', 'O') ON CONFLICT DO NOTHING;
      INSERT INTO department (name, parent_id) SELECT 'Apart', id FROM department WHERE parent_id IS NULL
        ON CONFLICT DO NOTHING;
      INSERT INTO treatment_rule (kind, model, treatment) VALUES ('phone', 'other', 'refuse');
      INSERT INTO treatment_rule (kind, department_id, treatment)
        SELECT 'phone', id, 'refuse' FROM department WHERE name = 'Apart'"""
    );
    answered(prompt("Call " + PHONE));
  }

  @Test
  void aLongConversationIsReadOnAWorkerThread() throws Exception {
    rule("phone", "mask");
    node.contextLength = 40_000;
    answered(prompt("x ".repeat(10_000) + PHONE));
    assertThat(node.prepared.getLast().messages().getLast().content()).endsWith(" [PHONE_1]");
  }
}
