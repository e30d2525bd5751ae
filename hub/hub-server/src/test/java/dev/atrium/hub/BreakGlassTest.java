package dev.atrium.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.admin.AdminMain;
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
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Search in one's own chats, and reading those of another in an emergency, as browsers do it. */
class BreakGlassTest {

  private static TestDatabase database;
  private static TestHub cluster;
  private static TestHub.Hub hub;
  private static Vertx browser;
  private static TestClient admin;
  private static TestClient auditor;
  private static TestClient wei;
  private static String conversation;
  private static String file;

  @BeforeAll
  static void start() throws Exception {
    database = TestDatabase.migrated();
    cluster = new TestHub(database.url());
    hub = cluster.hub("hub-a");
    ScriptedNode node = cluster.node("node-1");
    node.says = "Of the moon.";
    browser = Vertx.vertx();
    admin = new TestClient(browser, hub.port()).signIn();
    Waits.until("the model is heard", () -> get(admin, "/health/ready").getBoolean("ready"));
    auditor = person(hub, "auditor");
    database.execute(
      "INSERT INTO user_role (user_id, role) SELECT id, 'auditor' FROM app_user WHERE name = 'auditor'"
    );
    wei = person(hub, "wei");
    TestClient.Socket socket = wei.socket();
    socket.send(
      new ClientFrame.Send(
        UUID.randomUUID(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        "What are tides a matter of?",
        List.of(new PromptFile.New("tides.csv", "3,4.1 of Kunming")),
        List.of()
      )
    );
    HubFrame.Saved saved = socket.await(HubFrame.Saved.class);
    conversation = saved.conversationId().toString();
    file = saved.files().getFirst().id().toString();
    socket.await(HubFrame.Finished.class);
  }

  @AfterAll
  static void stop() throws Exception {
    Waits.get(browser.close());
    cluster.close();
    database.close();
  }

  private static TestClient person(TestHub.Hub hub, String name) throws Exception {
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
    assertThat(client.post("/api/session", name, TestHub.PASSWORD).statusCode()).isEqualTo(200);
    return client;
  }

  private static JsonObject get(TestClient client, String path) {
    try {
      return client.get(path);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static HttpResponse<Buffer> post(TestClient client, String path, JsonObject body)
    throws Exception {
    return client.call(HttpMethod.POST, path, body);
  }

  private static HttpResponse<Buffer> request(TestClient client, String user) throws Exception {
    return post(
      client,
      "/api/break-glass",
      new JsonObject()
        .put("user", user)
        .put("reason", "case 17, leaked drawings")
        .put("minutes", 30)
    );
  }

  private static int status(TestClient client, String path) throws Exception {
    return client.call(HttpMethod.GET, path, null).statusCode();
  }

  private static String records(String action) {
    return database.value(
      "SELECT count(*) FROM audit_record r JOIN app_user u ON u.id::text = r.target_id" +
      " WHERE u.name = 'wei' AND action = '" +
      action +
      "'"
    );
  }

  @Test
  void oneFindsOnesOwnMessagesAndNobodyElseDoes() {
    JsonObject found = get(wei, "/api/search?q=TIDES");
    JsonObject hit = found.getJsonArray("hits").getJsonObject(1);
    assertThat(hit.getString("conversationId")).isEqualTo(conversation);
    assertThat(hit.getString("excerpt")).contains("What are tides");
    assertThat(found.getString("next")).isNull();
    assertThat(get(wei, "/api/search?q=moon").getJsonArray("hits")).hasSize(1);
    assertThat(get(auditor, "/api/search?q=tides").getJsonArray("hits")).isEmpty();
    assertThat(get(wei, "/api/search").getJsonObject("error").getString("code")).isEqualTo(
      "bad_field"
    );
  }

  @Test
  void aSecondPersonApprovesEveryReadingIsRecordedAndTheEmployeeIsTold() throws Exception {
    String id = request(auditor, "wei").bodyAsJsonObject().getString("id");
    String path = "/api/break-glass/" + id + "/conversations";
    assertThat(status(auditor, path)).as("not approved").isEqualTo(404);
    assertThat(post(auditor, "/api/break-glass/" + id + "/approve", new JsonObject()).statusCode())
      .as("by oneself")
      .isEqualTo(404);
    assertThat(get(wei, "/api/notices").getJsonArray("notices")).isEmpty();
    assertThat(
      post(admin, "/api/break-glass/" + id + "/approve", new JsonObject()).statusCode()
    ).isEqualTo(200);
    assertThat(status(admin, path)).as("the other reads nothing").isEqualTo(404);

    JsonArray items = get(auditor, path).getJsonArray("items");
    assertThat(items.getJsonObject(0).getString("title")).contains("tides");
    JsonArray messages = get(auditor, path + "/" + conversation).getJsonArray("messages");
    assertThat(messages.getJsonObject(1).getString("text")).isEqualTo("Of the moon.");
    assertThat(records("break_glass.request")).isEqualTo("1");
    assertThat(records("break_glass.approve")).isEqualTo("1");
    assertThat(records("break_glass.read")).isEqualTo("2");
    assertThat(
      messages.getJsonObject(0).getJsonArray("files").getJsonObject(0).getString("id")
    ).isEqualTo(file);
    String filePath = path + "/" + conversation + "/files/" + file;
    assertThat(status(admin, filePath)).as("the other reads nothing").isEqualTo(404);
    assertThat(status(wei, filePath)).isEqualTo(404);
    assertThat(get(auditor, filePath).getString("text")).isEqualTo("3,4.1 of Kunming");
    assertThat(records("break_glass.read")).isEqualTo("3");
    assertThat(
      database.value(
        "SELECT count(*) FROM audit_record WHERE details ->> 'read' = '%s' AND details ->> 'file' = '%s'".formatted(
          conversation,
          file
        )
      )
    ).isEqualTo("1");

    JsonObject notice = get(wei, "/api/notices").getJsonArray("notices").getJsonObject(0);
    assertThat(notice.getString("by")).isEqualTo("The auditor");
    assertThat(notice.getString("reason")).isEqualTo("case 17, leaked drawings");
    post(wei, "/api/notices/" + notice.getString("id") + "/seen", new JsonObject());
    assertThat(get(wei, "/api/notices").getJsonArray("notices")).isEmpty();

    database.execute(
      "UPDATE break_glass SET expires_at = now() - interval '1 second' WHERE approved_by IS NOT NULL"
    );
    assertThat(status(auditor, path + "/" + conversation)).as("time is over").isEqualTo(404);
    assertThat(status(auditor, filePath)).as("time is over").isEqualTo(404);
    assertThat(records("break_glass.read")).isEqualTo("3");
  }

  /** The command line signs in as a person: it can do no more than that person, and is told so as well. */
  @Test
  void theCommandLineIsAPersonToo(@TempDir Path folder) throws Exception {
    String asked = command(folder, "auditor", "ask", "wei", "--reason", "case 18, another leak");
    String id = asked.strip().substring(asked.strip().length() - 36);
    assertThat(command(folder, "auditor", "approve", id)).as("by oneself").startsWith("66 ");
    assertThat(command(folder, "auditor", "chats", id)).as("not approved").startsWith("66 ");
    assertThat(command(folder, "admin", "approve", id)).startsWith("0 Approved.");
    assertThat(command(folder, "auditor", "chats", id)).contains(conversation, "tides");
    assertThat(command(folder, "auditor", "read", id, conversation)).contains(
      "Of the moon.",
      file,
      "tides.csv"
    );
    assertThat(command(folder, "auditor", "file", id, conversation, file)).contains("of Kunming");
    assertThat(command(folder, "wei", "approve", id)).as("an employee").startsWith("66 ");
    assertThat(
      database.value(
        "SELECT count(*) FROM user_session s JOIN app_user u ON u.id = s.user_id WHERE u.name = 'auditor' AND s.revoked_reason = 'signed_out'"
      )
    )
      .as("no session is left behind")
      .isEqualTo("6");
  }

  /** The exit code and what was said. */
  private static String command(Path folder, String name, String... arguments) throws Exception {
    Path password = Files.writeString(folder.resolve("password"), TestHub.PASSWORD + "\n");
    List<String> all = new ArrayList<>(List.of("breakglass"));
    all.addAll(List.of(arguments));
    all.addAll(
      List.of("--as", name, "--password-file", password.toString(), "--hub", hub.main.url())
    );
    StringWriter said = new StringWriter();
    PrintWriter out = new PrintWriter(said, true);
    int code = AdminMain.run(all.toArray(String[]::new), Map.of(), out, out);
    return code + " " + said;
  }

  @Test
  void employeesHaveNoSuchPathAndNobodyReadsOrApprovesThemselves() throws Exception {
    assertThat(request(wei, "auditor").statusCode()).isEqualTo(404);
    assertThat(status(wei, "/api/break-glass")).isEqualTo(404);
    assertThat(request(auditor, "auditor").statusCode()).as("oneself").isEqualTo(404);
    assertThat(request(auditor, "nobody").statusCode()).isEqualTo(404);
    String aboutAdmin = request(auditor, "admin").bodyAsJsonObject().getString("id");
    assertThat(aboutAdmin).isNotNull();
    assertThat(
      post(admin, "/api/break-glass/" + aboutAdmin + "/approve", new JsonObject()).statusCode()
    )
      .as("about oneself")
      .isEqualTo(404);
    assertThat(
      post(
        auditor,
        "/api/break-glass",
        new JsonObject().put("user", "wei").put("reason", "why").put("minutes", 30)
      ).statusCode()
    ).isEqualTo(400);
  }
}
