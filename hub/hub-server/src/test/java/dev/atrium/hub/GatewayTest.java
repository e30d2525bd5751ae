package dev.atrium.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.session.SessionRegistry;
import dev.atrium.hub.testing.ScriptedNode;
import dev.atrium.hub.testing.TestClient;
import dev.atrium.hub.testing.TestHub;
import dev.atrium.hub.testing.Waits;
import dev.atrium.schema.testing.TestDatabase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.client.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The doors of a hub: who is let in, and what bad input gets. */
class GatewayTest {

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
    client = new TestClient(browser, hub.port());
    HttpResponse<Buffer> first = client.post("/api/session", "admin", TestHub.ONE_TIME);
    assertThat(
      first.bodyAsJsonObject().getJsonObject("user").getBoolean("mustChangePassword")
    ).isTrue();
    nothingButChangingThePasswordIsServedWithAOneTimePassword();
    client.signIn();
  }

  @AfterAll
  static void stop() throws Exception {
    // The hub first: a browser with open sockets takes half a minute to close.
    cluster.close();
    Waits.get(browser.close());
    database.close();
  }

  private static void nothingButChangingThePasswordIsServedWithAOneTimePassword() throws Exception {
    assertThat(code(client.call(HttpMethod.GET, "/api/models", null))).isEqualTo(
      "password_change_required"
    );
    TestClient.Socket socket = client.socket();
    assertThat(socket.await(HubFrame.Error.class).error().code()).isEqualTo(
      "password_change_required"
    );
    assertThat(socket.closeCode()).isEqualTo(4401);
  }

  @Test
  void cookiesCantBeReadByScriptsNorSentByOtherSites() throws Exception {
    HttpResponse<Buffer> response = new TestClient(browser, hub.port()).post(
      "/api/session",
      "admin",
      TestHub.PASSWORD
    );
    assertThat(response.cookies())
      .hasSize(2)
      .allSatisfy(cookie ->
        assertThat(cookie).contains("HTTPOnly").contains("SameSite=Strict").doesNotContain("Secure")
      );
    assertThat(response.cookies().get(1))
      .startsWith("atrium_refresh=")
      .contains("Path=/api/session");
  }

  @Test
  void aSessionIsRenewedAndEnded() throws Exception {
    TestClient other = new TestClient(browser, hub.port()).signIn();
    assertThat(other.get("/api/session").getString("hubId")).isEqualTo("hub-a");
    assertThat(
      other.call(HttpMethod.POST, "/api/session/refresh", new JsonObject()).statusCode()
    ).isEqualTo(200);
    TestClient.Socket socket = other.socket();
    socket.await(HubFrame.Welcome.class);
    assertThat(
      other.call(HttpMethod.DELETE, "/api/session", new JsonObject()).statusCode()
    ).isEqualTo(200);
    assertThat(other.call(HttpMethod.GET, "/api/session", null).statusCode()).isEqualTo(401);
    assertThat(socket.closeCode()).as("the socket of an ended session").isEqualTo(4401);
  }

  @Test
  void aForeignOriginIsRefused() throws Exception {
    Map<String, String> foreign = Map.of("Origin", "http://evil.example");
    assertThatThrownBy(() -> client.socket(foreign))
      .isInstanceOf(UpgradeRejectedException.class)
      .satisfies(e -> assertThat(((UpgradeRejectedException) e).getStatus()).isEqualTo(403));
    assertThatThrownBy(() -> client.socket(Map.of())).isInstanceOf(UpgradeRejectedException.class);
    HttpResponse<Buffer> response = client.call(
      HttpMethod.PATCH,
      "/api/session",
      new JsonObject().put("locale", "zh"),
      foreign
    );
    assertThat(response.statusCode()).isEqualTo(403);
    assertThat(code(response)).isEqualTo("forbidden_origin");
  }

  @Test
  void localhostAndItsAddressesAreOnePlace() throws Exception {
    TestClient.Socket socket = client.socket(Map.of("Origin", "http://localhost:" + hub.port()));
    socket.await(HubFrame.Welcome.class);
  }

  @Test
  void aForgedOrMissingTokenIsNoSession() throws Exception {
    TestClient forger = new TestClient(browser, hub.port());
    assertThat(code(forger.call(HttpMethod.GET, "/api/session", null))).isEqualTo(
      "unauthenticated"
    );
    assertThat(forger.socket().closeCode()).isEqualTo(4401);
    String real = client.cookieHeader().split("atrium_access=")[1].split(";")[0];
    forger.cookie("atrium_access", real.substring(0, real.length() - 4) + "AAAA");
    assertThat(code(forger.call(HttpMethod.GET, "/api/session", null))).isEqualTo(
      "unauthenticated"
    );
    TestClient.Socket socket = forger.socket();
    assertThat(socket.await(HubFrame.Error.class).error().code()).isEqualTo("unauthenticated");
    assertThat(socket.closeCode()).isEqualTo(4401);
  }

  @Test
  void writesMustBeJson() throws Exception {
    HttpResponse<Buffer> form = client.call(
      HttpMethod.POST,
      "/api/session",
      null,
      Map.of("Origin", client.origin(), "Content-Type", "text/plain")
    );
    assertThat(form.statusCode()).isEqualTo(400);
    assertThat(
      code(client.call(HttpMethod.POST, "/api/session", new JsonObject().put("name", 7)))
    ).isEqualTo("bad_field");
  }

  @Test
  void aBodyThatIsTooLargeIsRefused() throws Exception {
    HttpResponse<Buffer> response = client.call(
      HttpMethod.POST,
      "/api/session",
      new JsonObject().put("name", "x".repeat(300_000))
    );
    assertThat(response.statusCode()).isEqualTo(413);
    assertThat(code(response)).isEqualTo("too_large");
  }

  @Test
  void unknownPathsConversationsAndCursorsAreCodedErrors() throws Exception {
    assertThat(code(client.call(HttpMethod.GET, "/api/nothing", null))).isEqualTo("not_found");
    assertThat(code(client.call(HttpMethod.GET, "/api/conversations/x", null))).isEqualTo(
      "not_found"
    );
    assertThat(
      code(client.call(HttpMethod.GET, "/api/conversations/" + UUID.randomUUID(), null))
    ).isEqualTo("not_found");
    assertThat(
      code(client.call(HttpMethod.GET, "/api/conversations?before=nonsense", null))
    ).isEqualTo("bad_field");
    assertThat(code(client.call(HttpMethod.GET, "/api/conversations?limit=-1", null))).isEqualTo(
      "bad_field"
    );
  }

  @Test
  void badFramesAreAnsweredAndTheSocketLivesOn() throws Exception {
    TestClient.Socket socket = client.socket();
    socket.send("{\"type\":\"chat.sing\",\"id\":\"x1\"}");
    HubFrame.Error unknown = socket.await(HubFrame.Error.class);
    assertThat(unknown.error().code()).isEqualTo("unknown_type");
    assertThat(unknown.ref()).contains("x1");
    socket.send("{\"type\":\"chat.stop\",\"generationId\":7}");
    assertThat(socket.await(HubFrame.Error.class).error().code()).isEqualTo("bad_field");
    socket.send(new ClientFrame.Ping(42));
    assertThat(socket.await(HubFrame.Pong.class).t()).isEqualTo(42);
  }

  @Test
  void tellsItsClientsToSpreadTheirReturnTheMoreThereAre() throws Exception {
    TestClient.Socket first = client.socket();
    first.send(new ClientFrame.Ping(1));
    int before = first.await(HubFrame.Pong.class).spreadMs();
    assertThat(before).isBetween(0, 5_000);
    for (int i = 0; i < 10; i++) {
      client.socket();
    }
    first.send(new ClientFrame.Ping(2));
    // Sockets of earlier tests may be closing meanwhile.
    assertThat(first.await(HubFrame.Pong.class).spreadMs()).isBetween(5, before + 5);
  }

  @Test
  void whatIsNotJsonEndsTheSocket() throws Exception {
    TestClient.Socket socket = client.socket();
    socket.send("hello");
    assertThat(socket.await(HubFrame.Error.class).error().code()).isEqualTo("bad_frame");
    assertThat(socket.closeCode()).isEqualTo(4400);
    TestClient.Socket binary = client.socket();
    Waits.get(binary.ws.writeBinaryMessage(Buffer.buffer("{}")));
    assertThat(binary.closeCode()).isEqualTo(4400);
  }

  @Test
  void theTwentiethBadFrameEndsTheSocket() throws Exception {
    TestClient.Socket socket = client.socket();
    for (int i = 0; i < 19; i++) {
      socket.send("{\"type\":\"chat.sing\"}");
    }
    socket.send(new ClientFrame.Ping(1));
    socket.await(HubFrame.Pong.class);
    socket.send("{\"type\":\"chat.sing\"}");
    assertThat(socket.closeCode()).isEqualTo(4400);
  }

  @Test
  void aFrameThatIsTooLargeEndsTheSocketAndIsToldWhy() throws Exception {
    TestClient.Socket socket = client.socket();
    socket.send(
      new ClientFrame.Send(
        UUID.randomUUID(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        "好".repeat(90_000)
      )
    );
    assertThat(socket.await(HubFrame.Error.class).error().code()).isEqualTo("too_large");
    assertThat(socket.closeCode()).isEqualTo(4413);
  }

  @Test
  void aFrameBeyondAllMeasureTakesNothingElseWithIt() throws Exception {
    TestClient.Socket neighbour = client.socket();
    TestClient.Socket socket = client.socket();
    socket.ws.writeTextMessage("x".repeat(3_000_000));
    socket.closed.get(15, java.util.concurrent.TimeUnit.SECONDS);
    neighbour.send(new ClientFrame.Ping(1));
    neighbour.await(HubFrame.Pong.class);
  }

  @Test
  void aUserHasOnlySoManySockets() throws Exception {
    List<TestClient.Socket> open = new ArrayList<>();
    database.execute(
      """
      INSERT INTO app_user (name, display_name, department_id)
        SELECT 'many', 'Many', id FROM department LIMIT 1;
      INSERT INTO credential (user_id, kind, password_hash)
        SELECT (SELECT id FROM app_user WHERE name = 'many'), 'password', password_hash FROM credential LIMIT 1
      """
    );
    TestClient many = new TestClient(browser, hub.port());
    many.post("/api/session", "many", TestHub.PASSWORD);
    for (int i = 0; i < SessionRegistry.MOST_PER_USER; i++) {
      TestClient.Socket socket = many.socket();
      socket.await(HubFrame.Welcome.class);
      open.add(socket);
    }
    TestClient.Socket last = many.socket();
    assertThat(last.await(HubFrame.Error.class).error().code()).isEqualTo("too_many_sockets");
    assertThat(last.closeCode()).isEqualTo(4429);
    Waits.get(open.getFirst().ws.close());
    Waits.until("there is room again", () -> {
      try {
        TestClient.Socket again = many.socket();
        Thread.sleep(100);
        return again.heard.stream().anyMatch(HubFrame.Welcome.class::isInstance);
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    });
  }

  @Test
  void aReaderThatStallsIsClosedAndCatchesUp() throws Exception {
    client.awaitModel();
    node.says = "好".repeat(900);
    node.tokenMillis = 1;
    TestClient.Socket writer = client.socket();
    HubFrame.Saved saved = writer.ask("At length");
    writer.await(HubFrame.Finished.class);

    TestClient.Socket stalled = client.socket();
    stalled.await(HubFrame.Welcome.class);
    stalled.ws.pause();
    ClientFrame resume = new ClientFrame.Resume(saved.generationId(), 1, 0);
    for (int i = 0; i < 10_000 && !stalled.ws.isClosed(); i++) {
      stalled.ws.writeTextMessage(resume.toJson().encode());
      if (i % 500 == 0) {
        // What is answered to others while one does not read.
        writer.send(new ClientFrame.Ping(i));
        writer.await(HubFrame.Pong.class);
      }
    }
    Thread.sleep(3_000);
    stalled.ws.resume();
    stalled.closed.get(30, java.util.concurrent.TimeUnit.SECONDS);

    TestClient.Socket back = client.socket();
    back.send(new ClientFrame.Resume(saved.generationId(), 1, 450));
    assertThat(back.await(HubFrame.Delta.class).text()).isEqualTo("好".repeat(450));
  }

  @Test
  void conversationsAreListedRenamedAndDeletedInEveryTab() throws Exception {
    client.awaitModel();
    node.says = "Short.";
    TestClient.Socket socket = client.socket();
    HubFrame.Saved saved = socket.ask("Name me");
    socket.await(HubFrame.Finished.class);
    String path = "/api/conversations/" + saved.conversationId();
    TestClient.Socket tab = client.socket();
    tab.await(HubFrame.Welcome.class);

    client.call(HttpMethod.PATCH, path, new JsonObject().put("title", "Named"));
    Waits.until("the other tab has heard", () ->
      tab.heard
        .stream()
        .anyMatch(f -> f instanceof HubFrame.ConversationChanged c && c.title().equals("Named"))
    );
    assertThat(
      client.get("/api/conversations").getJsonArray("items").getJsonObject(0).getString("title")
    ).isEqualTo("Named");

    client.call(HttpMethod.DELETE, path, new JsonObject());
    Waits.until("the other tab has heard", () ->
      tab.heard.stream().anyMatch(f -> f instanceof HubFrame.ConversationChanged c && c.deleted())
    );
    assertThat(client.call(HttpMethod.GET, path, null).statusCode()).isEqualTo(404);
  }

  @Test
  void theWebClientComesWithItsProtection() throws Exception {
    HttpResponse<Buffer> page = client.call(HttpMethod.GET, "/some/page", null);
    assertThat(page.getHeader("Content-Security-Policy"))
      .contains("default-src 'self'")
      .contains("frame-ancestors 'none'");
    assertThat(page.getHeader("X-Content-Type-Options")).isEqualTo("nosniff");
    for (String path : List.of("/%2e%2e/logback.xml", "/../application.conf", "/missing.js")) {
      assertThat(client.call(HttpMethod.GET, path, null).statusCode()).as(path).isEqualTo(404);
    }
    // A path without a dot is one of the client's own, after the climbing is taken out of it.
    HttpResponse<Buffer> climbed = client.call(HttpMethod.GET, "/../../etc/passwd", null);
    assertThat(climbed.bodyAsString()).isEqualTo(page.bodyAsString());
  }

  @Test
  void healthSaysWhatIsThere() throws Exception {
    assertThat(client.get("/health/live").getString("hubId")).isEqualTo("hub-a");
    assertThat(client.get("/health/ready").getBoolean("database")).isTrue();
  }

  private static String code(HttpResponse<Buffer> response) {
    return response.bodyAsJsonObject().getJsonObject("error").getString("code");
  }
}
