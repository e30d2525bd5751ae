package dev.atrium.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.testing.ScriptedNode;
import dev.atrium.hub.testing.TestClient;
import dev.atrium.hub.testing.TestHub;
import dev.atrium.hub.testing.Waits;
import dev.atrium.inference.api.Party;
import dev.atrium.schema.testing.TestDatabase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One hub, one node, one PostgreSQL: a chat from the prompt to what is stored. */
class ChatTest {

  private static TestDatabase database;
  private static TestHub cluster;
  private static TestHub.Hub hub;
  private static ScriptedNode node;
  private static Vertx browser;
  private static TestClient client;

  @BeforeAll
  static void start() throws Exception {
    database = TestDatabase.migrated();
    cluster = new TestHub(database.url());
    hub = cluster.hub("hub-a");
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
  void calm() {
    node.says = "Hello, world. 你好 👋 and good-bye.";
    node.tokenMillis = 2;
    node.pauseAfter = Integer.MAX_VALUE;
    node.delivers = _ -> true;
    node.contextLength = 4_000;
    node.refusal = Optional.empty();
    node.waitsFrom = 0;
    node.cachedTokens = 0;
  }

  @Test
  void aPromptIsSavedAnsweredAndStored() throws Exception {
    TestClient.Socket socket = client.socket();
    HubFrame.Welcome welcome = socket.await(HubFrame.Welcome.class);
    assertThat(welcome.hubId()).isEqualTo("hub-a");
    assertThat(welcome.models())
      .singleElement()
      .satisfies(m -> {
        assertThat(m.name()).isEqualTo(ScriptedNode.MODEL);
        assertThat(m.available()).isTrue();
        assertThat(m.isDefault()).isTrue();
      });

    HubFrame.Saved saved = socket.ask("What is Atrium?");
    HubFrame.Finished finished = socket.await(HubFrame.Finished.class);

    assertThat(saved.title()).isNotBlank();
    assertThat(socket.text(saved.generationId())).isEqualTo(node.says);
    assertThat(finished.reason()).isEqualTo(HubFrame.Reason.DONE);
    assertThat(finished.length()).isEqualTo(node.says.codePointCount(0, node.says.length()));
    assertThat(finished.usage().completionTokens()).isEqualTo(finished.length());

    JsonArray messages = client
      .get("/api/conversations/" + saved.conversationId())
      .getJsonArray("messages");
    assertThat(messages).hasSize(2);
    assertThat(messages.getJsonObject(0).getString("text")).isEqualTo("What is Atrium?");
    JsonObject answer = messages.getJsonObject(1);
    assertThat(answer.getString("text")).isEqualTo(node.says);
    assertThat(answer.getString("status")).isEqualTo("complete");
    assertThat(answer.getJsonObject("generation").getString("reason")).isEqualTo("done");
    assertThat(
      database.value(
        "SELECT string_agg(status, ',') FROM attempt WHERE generation_id = '" +
        saved.generationId() +
        "'"
      )
    ).isEqualTo("done");
    Waits.until("the node may forget", () ->
      node.acks.stream().anyMatch(a -> a.generationId().equals(saved.generationId().toString()))
    );
  }

  @Test
  void theNodeIsToldForWhomAndTheReaderWhereTheyStand() throws Exception {
    node.waitsFrom = 3;
    node.cachedTokens = 7;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Is it my turn?");
    for (int ahead = 2; ahead >= 0; ahead--) {
      HubFrame.Queued queued = socket.await(HubFrame.Queued.class);
      assertThat(queued).isEqualTo(
        new HubFrame.Queued(saved.generationId(), ahead + 1, 1_000L * (ahead + 1))
      );
    }
    socket.await(HubFrame.Finished.class);
    String generation = "FROM generation WHERE id = '" + saved.generationId() + "'";
    assertThat(node.generated.getLast().party()).contains(
      new Party(
        database.value("SELECT department_id::text " + generation),
        database.value("SELECT user_id::text " + generation)
      )
    );
    assertThat(database.value("SELECT cached_tokens::text " + generation)).isEqualTo("7");
    assertThat(
      database.value(
        "SELECT cached_tokens::text FROM attempt WHERE generation_id = '" +
        saved.generationId() +
        "'"
      )
    ).isEqualTo("7");
  }

  @Test
  void stoppingKeepsWhatWasWritten() throws Exception {
    node.pauseAfter = 10;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Go on and on.");
    Waits.until("ten characters are shown", () -> socket.text(saved.generationId()).length() == 10);

    socket.send(new ClientFrame.Stop(saved.generationId()));
    HubFrame.Finished finished = socket.await(HubFrame.Finished.class);

    assertThat(finished.reason()).isEqualTo(HubFrame.Reason.STOPPED);
    assertThat(finished.length()).isEqualTo(10);
    JsonObject answer = answer(saved);
    assertThat(answer.getString("status")).isEqualTo("stopped");
    assertThat(answer.getString("text")).isEqualTo(node.says.substring(0, 10));
  }

  @Test
  void anAnswerThatTheNodeNeverEndsIsStoppedAllTheSame() throws Exception {
    node.pauseAfter = 3;
    node.delivers = e -> !e.last();
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Never end.");
    Waits.until("some is shown", () -> socket.text(saved.generationId()).length() == 3);
    socket.send(new ClientFrame.Stop(saved.generationId()));
    assertThat(socket.await(HubFrame.Finished.class).reason()).isEqualTo(HubFrame.Reason.STOPPED);
  }

  /** As when the answer is taken over at the moment at which the hub before is told to stop it. */
  @Test
  void aStopThatAnotherHubWasToldIsNoInterruption() throws Exception {
    node.pauseAfter = 3;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Stop elsewhere.");
    Waits.until("some is shown", () -> socket.text(saved.generationId()).length() == 3);
    database.execute(
      "UPDATE generation SET stop_requested_at = now() WHERE id = '" + saved.generationId() + "'"
    );
    node.cancelAll();
    assertThat(socket.await(HubFrame.Finished.class).reason()).isEqualTo(HubFrame.Reason.STOPPED);
  }

  @Test
  void anEndIsToldOnceThoughTheLeaseIsInDoubtBetweenStoringAndTelling() throws Exception {
    node.pauseAfter = 3;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("End once.");
    Waits.until("some is shown", () -> socket.text(saved.generationId()).length() == 3);
    String generation = "generation_id = '" + saved.generationId() + "'";
    try (Connection other = database.connect(); Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      // It can't be settled while somebody else holds the reservation.
      statement.execute("SELECT FROM reservation WHERE " + generation + " FOR UPDATE");
      node.pauseAfter = Integer.MAX_VALUE;
      Waits.until("the end is stored", () ->
        "done".equals(
          database.value("SELECT status FROM generation WHERE id = '" + saved.generationId() + "'")
        )
      );
      database.execute("UPDATE hub_lease SET expires_at = now() - interval '1 second'");
      Waits.until("the lease is renewed", () ->
        "t".equals(database.value("SELECT bool_and(expires_at > now()) FROM hub_lease"))
      );
      // What is still its own is read right after.
      Thread.sleep(300);
      assertThat(socket.all(HubFrame.Finished.class)).isEmpty();
      other.rollback();
    }
    socket.await(HubFrame.Finished.class);
    // Whoever is told twice is told by way of the database, which takes some milliseconds.
    Thread.sleep(300);
    assertThat(socket.all(HubFrame.Finished.class)).hasSize(1);
    assertThat(socket.all(HubFrame.Resumed.class)).isEmpty();
  }

  @Test
  void lostEventsAreAskedForAgainAndNothingIsSplicedOver() throws Exception {
    node.delivers = e -> e.seq() % 5 != 0 && !e.last();
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Lose some.");
    socket.await(HubFrame.Finished.class);
    assertThat(socket.text(saved.generationId())).isEqualTo(node.says);
    assertThat(answer(saved).getString("text")).isEqualTo(node.says);
  }

  @Test
  void aSecondTabSeesTheSameAnswer() throws Exception {
    node.pauseAfter = 12;
    TestClient.Socket first = client.socket();
    TestClient.Socket second = client.socket();
    HubFrame.Saved saved = first.ask("Both of us.");
    // It may hear the end of another chat first.
    Waits.until("the other tab hears of it", () ->
      second
        .all(HubFrame.ConversationChanged.class)
        .anyMatch(changed -> changed.conversationId().equals(saved.conversationId()))
    );
    Waits.until("some is shown", () -> first.text(saved.generationId()).length() == 12);

    second.send(new ClientFrame.Resume(saved.generationId(), saved.epoch(), 0));
    HubFrame.Resumed resumed = second.await(HubFrame.Resumed.class);
    assertThat(resumed.mode()).isEqualTo(HubFrame.Mode.CONTINUE);
    node.pauseAfter = Integer.MAX_VALUE;

    assertThat(first.await(HubFrame.Finished.class)).isEqualTo(
      second.await(HubFrame.Finished.class)
    );
    assertThat(second.text(saved.generationId()))
      .isEqualTo(first.text(saved.generationId()))
      .isEqualTo(node.says);
  }

  @Test
  void resumingSendsOnlyWhatIsMissing() throws Exception {
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Then I was cut off.");
    HubFrame.Finished finished = socket.await(HubFrame.Finished.class);
    int emoji = node.says.codePointCount(0, node.says.indexOf("👋"));

    TestClient.Socket again = client.socket();
    again.send(new ClientFrame.Resume(saved.generationId(), saved.epoch(), emoji + 1));
    assertThat(again.await(HubFrame.Resumed.class).position()).isEqualTo(emoji + 1);
    HubFrame.Delta missing = again.await(HubFrame.Delta.class);
    assertThat(missing.from()).isEqualTo(emoji + 1);
    assertThat(missing.text()).isEqualTo(" and good-bye.");
    assertThat(again.await(HubFrame.Finished.class)).isEqualTo(finished);

    again.send(new ClientFrame.Resume(saved.generationId(), saved.epoch(), 10_000));
    HubFrame.Resumed rewound = again.await(HubFrame.Resumed.class);
    assertThat(rewound.mode()).isEqualTo(HubFrame.Mode.REWIND);
    assertThat(rewound.position()).isEqualTo(finished.length());
  }

  @Test
  void sendingTheSamePromptTwiceIsOnePrompt() throws Exception {
    TestClient.Socket socket = client.socket();
    ClientFrame.Send frame = new ClientFrame.Send(
      UUID.randomUUID(),
      Optional.empty(),
      Optional.empty(),
      Optional.empty(),
      "Once only."
    );
    socket.send(frame);
    HubFrame.Saved first = socket.await(HubFrame.Saved.class);
    socket.await(HubFrame.Finished.class);
    socket.send(frame);
    HubFrame.Saved second = socket.await(HubFrame.Saved.class);
    assertThat(second).isEqualTo(first);
    assertThat(socket.await(HubFrame.Finished.class).generationId()).isEqualTo(
      first.generationId()
    );
    assertThat(
      client.get("/api/conversations/" + first.conversationId()).getJsonArray("messages")
    ).hasSize(2);
  }

  @Test
  void aConversationGoesOnWithItsHistory() throws Exception {
    TestClient.Socket socket = client.socket();
    HubFrame.Saved first = socket.ask("First question");
    socket.await(HubFrame.Finished.class);
    socket.ask(Optional.of(first.conversationId()), Optional.of(first.answerId()), "Second");
    socket.await(HubFrame.Finished.class);
    assertThat(node.prepared.getLast().messages())
      .extracting(m -> m.role() + ": " + m.content())
      .containsExactly("user: First question", "assistant: " + node.says, "user: Second");
  }

  @Test
  void anotherAnswerIsWrittenBesideTheFirst() throws Exception {
    TestClient.Socket socket = client.socket();
    HubFrame.Saved first = socket.ask("Say it differently");
    socket.await(HubFrame.Finished.class);
    node.says = "Differently.";
    socket.send(new ClientFrame.Retry(UUID.randomUUID(), first.answerId()));
    HubFrame.Saved second = socket.await(HubFrame.Saved.class);
    socket.await(HubFrame.Finished.class);
    assertThat(second.userMessageId()).isEqualTo(first.userMessageId());
    assertThat(second.answerId()).isNotEqualTo(first.answerId());
    assertThat(answer(second).getString("text")).isEqualTo("Differently.");
  }

  @Test
  void theAllowanceIsRaisedAsTheAnswerGrows() throws Exception {
    node.says = "x".repeat(700);
    node.tokenMillis = 1;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("A long one");
    HubFrame.Finished finished = socket.await(HubFrame.Finished.class);
    assertThat(finished.length()).isEqualTo(700);
    assertThat(
      database.value(
        "SELECT allowed_tokens >= 700 AND used_completion = 700 AND settled_at IS NOT NULL FROM reservation" +
        " WHERE generation_id = '" +
        saved.generationId() +
        "'"
      )
    ).isEqualTo("t");
  }

  /** A token of an answer costs one micro-unit, and there are so many. */
  private static void budget(long micros) {
    database.execute(
      """
      INSERT INTO price (model, input_per_million, cached_per_million, output_per_million, valid_from)
        VALUES ('scripted', 0, 0, 1000000, clock_timestamp());
      UPDATE budget_account SET limit_micros =
        (SELECT coalesce(sum(spent_micros), 0) FROM budget_balance b WHERE b.account_id = budget_account.id) +\s""" +
      micros +
      " WHERE kind = 'organisation'"
    );
  }

  private static void noBudget() {
    database.execute(
      "UPDATE price SET output_per_million = 0; UPDATE budget_account SET limit_micros = NULL"
    );
  }

  @Test
  void whenTheBudgetIsSpentTheAnswerEndsAndIsKept() throws Exception {
    budget(300);
    try {
      node.says = "y".repeat(700);
      node.tokenMillis = 1;
      TestClient.Socket socket = client.socket();
      HubFrame.Saved saved = socket.ask("More than we can pay");
      HubFrame.Finished finished = socket.await(HubFrame.Finished.class);
      assertThat(finished.reason()).isEqualTo(HubFrame.Reason.BUDGET);
      // A slice, and what the next one could still be given.
      assertThat(finished.length()).isEqualTo(300);
      assertThat(answer(saved).getString("text")).hasSize(300);

      socket.ask("And again?");
      HubFrame.Failed failed = socket.await(HubFrame.Failed.class);
      assertThat(failed.error().code()).isEqualTo("budget_exhausted");
      assertThat(failed.error().args()).containsEntry("account", "organisation");
    } finally {
      noBudget();
    }
  }

  @Test
  void thirtyTwoLongAnswersOnABudgetOfOneSliceEachAreShortAndNotRefused() throws Exception {
    budget(32 * 256);
    try {
      node.says = "y".repeat(3_000);
      node.tokenMillis = 1;
      // None goes past half a slice before the last has begun.
      node.pauseAfter = 100;
      TestClient.Socket socket = client.socket();
      for (int i = 0; i < 32; i++) {
        socket.ask("Tell me everything, part " + i);
      }
      Waits.until("all are written", () -> socket.all(HubFrame.Started.class).count() == 32);
      node.pauseAfter = Integer.MAX_VALUE;
      Waits.until("all have ended", () -> socket.all(HubFrame.Finished.class).count() == 32);
      assertThat(socket.all(HubFrame.Failed.class)).isEmpty();
      assertThat(socket.all(HubFrame.Finished.class)).allSatisfy(finished -> {
          assertThat(finished.reason()).isEqualTo(HubFrame.Reason.BUDGET);
          assertThat(finished.length()).isEqualTo(256);
        });
      assertThat(
        database.value(
          "SELECT limit_micros - spent_micros || '/' || reserved_micros FROM budget_balance b" +
          " JOIN budget_account a ON a.id = b.account_id WHERE a.kind = 'organisation'"
        )
      ).isEqualTo("0/0");
    } finally {
      noBudget();
    }
  }

  @Test
  void aModelWithoutAPriceCanNotBeUsed() throws Exception {
    database.execute("UPDATE price SET valid_to = clock_timestamp() WHERE valid_to IS NULL");
    try {
      TestClient.Socket socket = client.socket();
      socket.ask("What do you cost?");
      HubFrame.Failed failed = socket.await(HubFrame.Failed.class);
      assertThat(failed.error().code()).isEqualTo("no_price");
      assertThat(failed.error().args()).containsEntry("model", "scripted");
    } finally {
      database.execute("UPDATE price SET valid_to = NULL");
    }
    TestClient.Socket socket = client.socket();
    socket.ask("And now?");
    assertThat(socket.await(HubFrame.Finished.class).reason()).isEqualTo(HubFrame.Reason.DONE);
  }

  @Test
  void anOverlongHistoryIsTrimmedFromTheOldestTurnAndTheReaderIsTold() throws Exception {
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("First " + "a".repeat(300));
    socket.await(HubFrame.Finished.class);
    for (int i = 0; i < 3; i++) {
      saved = socket.ask(
        Optional.of(saved.conversationId()),
        Optional.of(saved.answerId()),
        "Turn " + i + " " + "b".repeat(300)
      );
      socket.await(HubFrame.Finished.class);
    }
    node.contextLength = 1_000;
    socket.ask(Optional.of(saved.conversationId()), Optional.of(saved.answerId()), "Last");
    HubFrame.Notice notice = socket.await(HubFrame.Notice.class);
    socket.await(HubFrame.Finished.class);

    assertThat(notice.code()).isEqualTo("history_trimmed");
    List<String> kept = node.prepared
      .getLast()
      .messages()
      .stream()
      .map(m -> m.role() + m.content().substring(0, 4))
      .toList();
    assertThat(kept.getFirst()).startsWith("user");
    assertThat(kept.getLast()).isEqualTo("userLast");
    assertThat(kept).hasSizeBetween(3, 7);
  }

  @Test
  void refusesWhatTheModelCantHold() throws Exception {
    node.contextLength = 50;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("c".repeat(200));
    HubFrame.Failed failed = socket.await(HubFrame.Failed.class);
    assertThat(failed.error().code()).isEqualTo("context_full");
    assertThat(answer(saved).getString("status")).isEqualTo("failed");
    assertThat(answer(saved).getJsonObject("error").getString("code")).isEqualTo("context_full");
  }

  @Test
  void refusesAnUnknownModelAnEmptyPromptAndOneThatIsTooLong() throws Exception {
    TestClient.Socket socket = client.socket();
    assertThat(refusal(socket, Optional.of("gpt-9"), "hello")).isEqualTo("model_unknown");
    assertThat(refusal(socket, Optional.empty(), " \n")).isEqualTo("bad_field");
    assertThat(refusal(socket, Optional.empty(), "z".repeat(100_001))).isEqualTo("prompt_too_long");
    Waits.until("the first of them is recorded", () ->
      !database
        .value(
          "SELECT count(*) FROM audit_record WHERE action = 'generation.begin' AND result = 'refused' AND details ? 'reason'"
        )
        .equals("0")
    );
  }

  private static String refusal(TestClient.Socket socket, Optional<String> model, String text)
    throws Exception {
    UUID id = UUID.randomUUID();
    socket.send(new ClientFrame.Send(id, Optional.empty(), Optional.empty(), model, text));
    HubFrame.Error error = socket.await(HubFrame.Error.class);
    assertThat(error.ref()).contains(id.toString());
    return error.error().code();
  }

  @Test
  void oneAnswerAtATimeInAConversation() throws Exception {
    node.pauseAfter = 5;
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Wait for me");
    UUID id = UUID.randomUUID();
    socket.send(
      new ClientFrame.Send(
        id,
        Optional.of(saved.conversationId()),
        Optional.of(saved.answerId()),
        Optional.empty(),
        "No, now"
      )
    );
    assertThat(socket.await(HubFrame.Error.class).error().code()).isEqualTo("generation_busy");
    socket.send(new ClientFrame.Stop(saved.generationId()));
    socket.await(HubFrame.Finished.class);
  }

  @Test
  void whatIsSomebodyElsesIsNotThere() throws Exception {
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Mine alone");
    socket.await(HubFrame.Finished.class);

    database.execute(
      """
      INSERT INTO app_user (name, display_name, department_id)
        SELECT 'eve', 'Eve', id FROM department LIMIT 1;
      INSERT INTO credential (user_id, kind, password_hash)
        SELECT (SELECT id FROM app_user WHERE name = 'eve'), 'password', password_hash FROM credential LIMIT 1
      """
    );
    TestClient eve = new TestClient(browser, hub.port());
    assertThat(eve.post("/api/session", "eve", TestHub.PASSWORD).statusCode()).isEqualTo(200);
    assertThat(
      eve
        .call(
          io.vertx.core.http.HttpMethod.GET,
          "/api/conversations/" + saved.conversationId(),
          null
        )
        .statusCode()
    ).isEqualTo(404);
    TestClient.Socket other = eve.socket();
    other.send(new ClientFrame.Resume(saved.generationId(), 1, 0));
    assertThat(other.await(HubFrame.Error.class).error().code()).isEqualTo("not_found");
    other.send(new ClientFrame.Stop(saved.generationId()));
    assertThat(other.await(HubFrame.Error.class).error().code()).isEqualTo("not_found");
    other.send(new ClientFrame.Retry(UUID.randomUUID(), saved.answerId()));
    assertThat(other.await(HubFrame.Error.class).error().code()).isEqualTo("not_found");
    other.send(
      new ClientFrame.Send(
        UUID.randomUUID(),
        Optional.of(saved.conversationId()),
        Optional.of(saved.answerId()),
        Optional.empty(),
        "Let me in"
      )
    );
    assertThat(other.await(HubFrame.Error.class).error().code()).isEqualTo("not_found");
  }

  private static JsonObject answer(HubFrame.Saved saved) throws Exception {
    JsonArray messages = client
      .get("/api/conversations/" + saved.conversationId())
      .getJsonArray("messages");
    for (int i = 0; i < messages.size(); i++) {
      if (messages.getJsonObject(i).getString("id").equals(saved.answerId().toString())) {
        return messages.getJsonObject(i);
      }
    }
    throw new AssertionError("the answer is not there");
  }
}
