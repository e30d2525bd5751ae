package dev.atrium.hub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.api.HubFrame;
import dev.atrium.hub.auth.OldTokens;
import dev.atrium.hub.testing.Ports;
import dev.atrium.hub.testing.TestClient;
import dev.atrium.hub.testing.TestHub;
import dev.atrium.hub.testing.Waits;
import dev.atrium.schema.testing.TestDatabase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The addresses of several hubs of one machine, and who may come in at them. */
class DoorsTest {

  private static TestDatabase database;
  private static TestHub cluster;
  private static TestHub.Hub one;
  private static TestHub.Hub two;
  private static int shared;
  private static int directOne;
  private static int directTwo;
  private static Vertx browser;
  private static TestClient client;

  @BeforeAll
  static void start() throws Exception {
    database = TestDatabase.migrated();
    cluster = new TestHub(database.url());
    shared = Ports.free();
    directOne = Ports.free();
    directTwo = Ports.free();
    one = cluster.hub("hub-1", ports(shared, directOne));
    two = cluster.hub("hub-2", ports(shared, directTwo));
    browser = Vertx.vertx();
    client = new TestClient(browser, shared).signIn();
  }

  @AfterAll
  static void stop() throws Exception {
    // The hub first: a browser with open sockets takes half a minute to close.
    cluster.close();
    Waits.get(browser.close());
    database.close();
  }

  private static Map<String, String> ports(int shared, int direct) {
    return Map.of(
      "ATRIUM_HTTP_PORT",
      Integer.toString(shared),
      "ATRIUM_HTTP_DIRECT_PORT",
      Integer.toString(direct)
    );
  }

  /** Which hub answers a new connection. */
  private static String answers(int port) throws IOException {
    String answer = exchange(
      port,
      "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    );
    return answer.replaceAll("(?s).*\"hubId\":\"([^\"]+)\".*", "$1");
  }

  private static String exchange(int port, String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(request.getBytes(UTF_8));
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }

  private static Set<String> answering(int port) throws IOException {
    Set<String> hubs = new TreeSet<>();
    for (int i = 0; i < 100; i++) {
      hubs.add(answers(port));
    }
    return hubs;
  }

  @Test
  void hubsOfOneMachineShareAPortAndHaveOneOfTheirOwn() throws Exception {
    assertThat(one.port()).isEqualTo(two.port()).isEqualTo(shared);
    assertThat(answering(shared)).containsExactly("hub-1", "hub-2");
    assertThat(answering(directOne)).containsExactly("hub-1");
    assertThat(answering(directTwo)).containsExactly("hub-2");
  }

  @Test
  void aSessionIsGoodAtEveryDoor() throws Exception {
    for (int port : new int[] { shared, directOne, directTwo }) {
      TestClient.Socket socket = client.at(port).socket();
      socket.await(HubFrame.Welcome.class);
    }
  }

  @Test
  void aHubThatHasLeftAnswersNobody() throws Exception {
    TestHub.Hub three = cluster.hub("hub-3", ports(shared, Ports.free()));
    assertThat(answering(shared)).containsExactly("hub-1", "hub-2", "hub-3");
    three.stop(Duration.ofMillis(100));
    assertThat(answering(shared)).containsExactly("hub-1", "hub-2");
  }

  @Test
  void aHubThatLeavesDoesNotWaitForConnectionsThatAreIdle() throws Exception {
    int direct = Ports.free();
    TestHub.Hub three = cluster.hub("hub-3", ports(Ports.free(), direct));
    try (Socket idle = new Socket(InetAddress.getLoopbackAddress(), direct)) {
      idle.setSoTimeout(10_000);
      idle.getOutputStream().write("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(UTF_8));
      assertThat(idle.getInputStream().read()).isEqualTo('H');
      long before = System.nanoTime();
      three.stop(Duration.ofMillis(100));
      assertThat(System.nanoTime() - before).isLessThan(5_000_000_000L);
    }
  }

  @Test
  void aPortOfItsOwnIsNotShared() {
    assertThatThrownBy(() -> cluster.hub("hub-4", ports(Ports.free(), directOne)))
      .isInstanceOf(IOException.class)
      .hasMessageContaining("in use");
  }

  @Test
  void anAccessTokenThatHasRunOutIsTold() throws Exception {
    TestClient late = new TestClient(browser, shared).signIn();
    late.cookie("atrium_access", OldTokens.likeThatIn(late.cookieHeader(), database.url()));
    TestClient.Socket socket = late.socket();
    assertThat(socket.await(HubFrame.Error.class).error().code()).isEqualTo("session_expired");
    assertThat(socket.closeCode()).isEqualTo(4401);
    assertThat(socket.heard).noneMatch(HubFrame.Welcome.class::isInstance);
    // The session itself goes on: the page renews and comes back.
    late.call(HttpMethod.POST, "/api/session/refresh", new JsonObject());
    late.socket().await(HubFrame.Welcome.class);
  }

  @Test
  void anOfferOfHttp2InTheClearIsPassedOver() throws Exception {
    String body = "{\"name\":\"admin\",\"password\":\"" + TestHub.PASSWORD + "\"}";
    try (HttpClient offering = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
      HttpResponse<String> response = offering.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + shared + "/api/session"))
          .header("Content-Type", "application/json")
          .header("Origin", "http://127.0.0.1:" + shared)
          .POST(HttpRequest.BodyPublishers.ofString(body))
          .build(),
        HttpResponse.BodyHandlers.ofString()
      );
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
    }
  }
}
