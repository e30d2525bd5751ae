package dev.atrium.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.HubFrame;
import dev.atrium.api.PromptFile;
import dev.atrium.hub.testing.ScriptedNode;
import dev.atrium.hub.testing.TestClient;
import dev.atrium.hub.testing.TestHub;
import dev.atrium.hub.testing.Waits;
import dev.atrium.schema.testing.TestDatabase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.client.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sharing a chat with others of the company, as browsers do it. */
class SharesTest {

  private static TestDatabase database;
  private static TestHub cluster;
  private static TestHub.Hub hub;
  private static ScriptedNode node;
  private static Vertx browser;
  private static TestClient wei;
  private static TestClient mei;
  private HubFrame.Saved chat;

  @BeforeAll
  static void start() throws Exception {
    database = TestDatabase.migrated();
    cluster = new TestHub(database.url());
    hub = cluster.hub("hub-a");
    node = cluster.node("node-1");
    browser = Vertx.vertx();
    TestClient nobody = new TestClient(browser, hub.port());
    Waits.until("the model is heard", () -> {
      try {
        return nobody.get("/health/ready").getBoolean("ready");
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    });
    wei = person("wei");
    mei = person("mei");
  }

  @AfterAll
  static void stop() throws Exception {
    Waits.get(browser.close());
    cluster.close();
    database.close();
  }

  @BeforeEach
  void chat() throws Exception {
    node.says = "Of the moon.";
    TestClient.Socket socket = wei.socket();
    chat = socket.ask("What are tides a matter of?");
    socket.await(HubFrame.Finished.class);
    Waits.get(socket.ws.close());
  }

  @AfterEach
  void noShares() {
    database.execute("DELETE FROM share");
    database.execute("DELETE FROM permission_rule WHERE subject_kind <> 'everybody'");
  }

  private static TestClient person(String name) throws Exception {
    database.execute(
      """
      WITH u AS (INSERT INTO app_user (name, display_name, department_id)
        SELECT '%1$s', 'The %1$s', id FROM department WHERE parent_id IS NULL RETURNING id)
      INSERT INTO credential (user_id, kind, password_hash)
        SELECT u.id, 'password', c.password_hash
        FROM u, credential c JOIN app_user a ON a.id = c.user_id WHERE a.name = 'admin'""".formatted(
          name
        )
    );
    TestClient client = new TestClient(browser, hub.port());
    assertThat(client.post("/api/session", name, TestHub.ONE_TIME).statusCode()).isEqualTo(200);
    return client;
  }

  private static HttpResponse<Buffer> post(JsonObject body) throws Exception {
    return wei.call(HttpMethod.POST, "/api/shares", body);
  }

  private JsonObject wanted() {
    return wanted(chat);
  }

  private static JsonObject wanted(HubFrame.Saved of) {
    return new JsonObject()
      .put("conversationId", of.conversationId().toString())
      .put("messageId", of.answerId().toString());
  }

  private JsonObject made() throws Exception {
    HttpResponse<Buffer> made = post(wanted());
    assertThat(made.statusCode()).as(made.bodyAsString()).isEqualTo(200);
    return made.bodyAsJsonObject();
  }

  private static HttpResponse<Buffer> read(TestClient who, JsonObject share) throws Exception {
    return who.call(HttpMethod.GET, "/api/shares/" + share.getString("address"), null);
  }

  private static HttpResponse<Buffer> end(TestClient who, JsonObject share) throws Exception {
    return who.call(HttpMethod.DELETE, "/api/shares/" + share.getString("id"), new JsonObject());
  }

  private static String code(HttpResponse<Buffer> response) {
    JsonObject error = response.bodyAsJsonObject().getJsonObject("error");
    return error == null ? "200" : error.getString("code");
  }

  private static String records(String action, String result) {
    return database.value(
      "SELECT count(*) FROM audit_record WHERE action = '%s' AND result = '%s'".formatted(
        action,
        result
      )
    );
  }

  /** Who read whose. */
  private static String readings(JsonObject share) {
    return Optional.ofNullable(
      database.value(
        """
        SELECT string_agg(a.name || ' of ' || o.name, ', ') FROM audit_record r
        JOIN app_user a ON a.id = r.actor_id JOIN app_user o ON o.id::text = r.target_id
        WHERE action = 'share.read' AND details ->> 'share' = '%s'""".formatted(
            share.getString("id")
          )
      )
    ).orElse("");
  }

  /** The same answer to all, so that nobody learns which it is. */
  private static void assertGone(JsonObject share) throws Exception {
    HttpResponse<Buffer> never = mei.call(HttpMethod.GET, "/api/shares/" + "x".repeat(24), null);
    HttpResponse<Buffer> gone = read(mei, share);
    assertThat(gone.statusCode()).isEqualTo(404);
    assertThat(gone.bodyAsString()).isEqualTo(never.bodyAsString());
  }

  @Test
  void whoHasTheLinkReadsWhatWasThereThenAndThatIsRecorded() throws Exception {
    JsonObject share = made();
    TestClient.Socket socket = wei.socket();
    socket.ask(Optional.of(chat.conversationId()), Optional.of(chat.answerId()), "And then?");
    socket.await(HubFrame.Finished.class);
    Waits.get(socket.ws.close());
    wei.call(
      HttpMethod.PATCH,
      "/api/conversations/" + chat.conversationId(),
      new JsonObject().put("title", "Renamed")
    );

    assertThat(code(read(wei, share))).as("one's own").isEqualTo("200");
    assertThat(readings(share)).isEmpty();
    JsonObject shared = read(mei, share).bodyAsJsonObject();
    assertThat(shared.getString("title")).isEqualTo("What are tides a matter of?");
    assertThat(shared.getString("author")).isEqualTo("The wei");
    assertThat(shared.getBoolean("own")).isFalse();
    JsonArray messages = shared.getJsonArray("messages");
    assertThat(messages).hasSize(2);
    assertThat(messages.getJsonObject(0).getString("text")).isEqualTo(
      "What are tides a matter of?"
    );
    assertThat(messages.getJsonObject(1).getString("text")).isEqualTo("Of the moon.");
    assertThat(messages.getJsonObject(1).getString("model")).isEqualTo(ScriptedNode.MODEL);
    assertThat(readings(share)).isEqualTo("mei of wei");
  }

  @Test
  void oneSeesAndEndsOnesOwnAndNobodyElseDoes() throws Exception {
    JsonObject share = made();
    JsonArray items = wei.get("/api/shares").getJsonArray("items");
    assertThat(items).containsExactly(share);
    assertThat(
      wei.get("/api/shares?conversation=" + chat.conversationId()).getJsonArray("items")
    ).hasSize(1);
    assertThat(
      wei.get("/api/shares?conversation=" + UUID.randomUUID()).getJsonArray("items")
    ).isEmpty();
    assertThat(mei.get("/api/shares").getJsonArray("items")).isEmpty();
    assertThat(code(end(mei, share))).isEqualTo("not_found");
    assertThat(code(read(mei, share))).isEqualTo("200");

    assertThat(code(end(wei, share))).isEqualTo("200");
    assertGone(share);
    assertThat(code(read(wei, share))).isEqualTo("not_found");
    assertThat(code(end(wei, share))).isEqualTo("not_found");
    assertThat(wei.get("/api/shares").getJsonArray("items")).isEmpty();
    assertThat(records("share.create", "ok")).isNotEqualTo("0");
    assertThat(records("share.end", "ok")).isEqualTo("1");
  }

  @Test
  void itEndsWithItsTimeAndItsConversationAndRestsWhileItsAuthorMayNotShare() throws Exception {
    JsonObject expired = made();
    assertThat(code(read(mei, expired))).isEqualTo("200");
    database.execute(
      "UPDATE share SET created_at = now() - interval '2 days', expires_at = now() - interval '1 second'"
    );
    assertGone(expired);

    // Another one: what has expired may be removed at any moment.
    JsonObject share = made();
    assertThat(code(read(mei, share))).isEqualTo("200");

    String rule = deny("wei");
    assertGone(share);
    database.execute("DELETE FROM permission_rule WHERE id = " + rule);
    assertThat(code(read(mei, share))).isEqualTo("200");

    wei.call(HttpMethod.DELETE, "/api/conversations/" + chat.conversationId(), new JsonObject());
    assertGone(share);
    assertThat(wei.get("/api/shares").getJsonArray("items")).isEmpty();
  }

  @Test
  void whoMayNotComeInReadsNothingAndIsReadNoMore() throws Exception {
    JsonObject share = made();
    TestClient other = person("other");
    assertThat(code(read(other, share))).isEqualTo("200");
    TestClient.Socket socket = other.socket();
    HubFrame.Saved own = socket.ask("And of what are winds?");
    socket.await(HubFrame.Finished.class);
    JsonObject others = other.call(HttpMethod.POST, "/api/shares", wanted(own)).bodyAsJsonObject();
    assertThat(code(read(mei, others))).isEqualTo("200");

    database.execute("UPDATE app_user SET status = 'disabled' WHERE name = 'other'");
    assertThat(code(read(other, share))).isEqualTo("session_expired");
    assertGone(others);
    assertThat(code(read(new TestClient(browser, hub.port()), share))).isEqualTo("unauthenticated");
  }

  private static String deny(String name) {
    return database.value(
      """
      INSERT INTO permission_rule (effect, subject_kind, user_id, action, resource_kind, resource_id)
      SELECT 'deny', 'user', id, 'use', 'feature', 'share' FROM app_user WHERE name = '%s'
      RETURNING id""".formatted(name)
    );
  }

  @Test
  void whoMayNotShareIsToldTheRuleAndThatIsRecorded() throws Exception {
    JsonObject share = made();
    String rule = deny("mei");
    HttpResponse<Buffer> refused = read(mei, share);
    assertThat(refused.statusCode()).isEqualTo(403);
    JsonObject error = refused.bodyAsJsonObject().getJsonObject("error");
    assertThat(error.getString("code")).isEqualTo("feature_forbidden");
    assertThat(error.getJsonObject("args").getString("rule")).isEqualTo(rule);
    Waits.until("recorded", () -> records("feature.use", "refused").equals("1"));
    deny("wei");
    assertThat(code(post(wanted()))).isEqualTo("feature_forbidden");
    assertThat(code(end(wei, share))).as("ending stays possible").isEqualTo("200");
  }

  @Test
  void whatIsWantedIsCheckedAndBounded() throws Exception {
    assertThat(code(post(wanted().put("days", 0)))).isEqualTo("bad_field");
    assertThat(code(post(wanted().put("days", 366)))).isEqualTo("bad_field");
    assertThat(code(post(wanted().put("days", "7")))).isEqualTo("bad_field");
    assertThat(code(post(wanted().put("messageId", "x")))).isEqualTo("bad_field");
    assertThat(code(post(wanted().put("messageId", UUID.randomUUID().toString())))).isEqualTo(
      "not_found"
    );
    JsonObject share = post(wanted().put("days", 365)).bodyAsJsonObject();
    assertThat(share.getString("address")).matches("[A-Za-z0-9_-]{24}");
    assertThat(
      database.value(
        "SELECT address_hash = sha256('%s') FROM share".formatted(share.getString("address"))
      )
    ).isEqualTo("t");
    database.execute(
      """
      INSERT INTO share (id, author_id, conversation_id, address_hash, address, title, content, key_id,
        messages, created_at, expires_at)
      SELECT uuidv7(), author_id, conversation_id, sha256(i::text::bytea), address, title, content, key_id,
        messages, now() - interval '2 days', now() + interval '2 days' FROM share, generate_series(1, 199) AS i"""
    );
    HttpResponse<Buffer> oneMore = post(wanted());
    assertThat(oneMore.statusCode()).isEqualTo(409);
    assertThat(code(oneMore)).isEqualTo("too_many_shares");
    database.execute(
      "UPDATE share SET ended_at = now() WHERE created_at < now() - interval '1 day'"
    );
    made();
    database.execute("UPDATE share SET created_at = now(), expires_at = now() + interval '1 day'");
    assertThat(code(post(wanted()))).as("made and ended in one day").isEqualTo("too_many_shares");
  }

  /** What docs/protocol.md shows has the fields that are sent. */
  @Test
  void thePageOfTheProtocolShowsWhatIsSent() throws Exception {
    String page = Files.readString(
      Path.of(System.getProperty("atrium.root")).resolve("docs/protocol.md")
    );
    List<JsonObject> shown = Pattern.compile("```json\\n(.*?)```", Pattern.DOTALL)
      .matcher(page.substring(page.indexOf("\n### Shares\n"), page.indexOf("\n## The websocket\n")))
      .results()
      .map(m -> new JsonObject(m.group(1)))
      .toList();
    TestClient.Socket socket = wei.socket();
    socket.send(
      new ClientFrame.Send(
        UUID.randomUUID(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        "What are tides a matter of?",
        List.of(new PromptFile.New("tides.csv", "3,4.1\n9,0.7\n")),
        List.of()
      )
    );
    chat = socket.await(HubFrame.Saved.class);
    socket.await(HubFrame.Finished.class);
    assertThat(wanted().put("days", 30).fieldNames()).isEqualTo(shown.get(0).fieldNames());
    JsonObject shared = read(mei, made()).bodyAsJsonObject();
    assertThat(shared.fieldNames()).isEqualTo(shown.get(1).fieldNames());
    for (int i = 0; i < 2; i++) {
      JsonObject expected = shown.get(1).getJsonArray("messages").getJsonObject(i);
      JsonObject sent = shared.getJsonArray("messages").getJsonObject(i);
      assertThat(sent.fieldNames()).isEqualTo(expected.fieldNames());
      assertThat(sent.getString("text")).isEqualTo(expected.getString("text"));
      assertThat(sent.getJsonArray("files")).isEqualTo(expected.getJsonArray("files"));
    }
  }

  @Test
  void whatIsEncryptedOpensInItsOwnRowOnly() throws Exception {
    JsonObject one = made();
    JsonObject two = made();
    database.execute(
      """
      UPDATE share s SET content = o.content, key_id = o.key_id FROM share o
      WHERE s.id = '%s' AND o.id = '%s'""".formatted(two.getString("id"), one.getString("id"))
    );
    assertThat(code(read(mei, one))).isEqualTo("200");
    assertThat(code(read(mei, two))).isEqualTo("internal");
    assertThat(readings(two)).isEmpty();
    assertThat(
      database.value("SELECT count(*) FROM share WHERE share::text ILIKE '%moon%'")
    ).isEqualTo("0");
  }
}
