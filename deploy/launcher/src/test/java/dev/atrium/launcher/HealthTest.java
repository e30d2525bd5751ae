package dev.atrium.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Questions to something that answers as a hub does. */
class HealthTest {

  @TempDir
  Path folder;

  private HttpServer hub;

  @AfterEach
  void stop() {
    if (hub != null) {
      hub.stop(0);
    }
  }

  private Health.Answer ask(int status, String body) throws Exception {
    hub = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
    answer(status, body);
    try (Health health = new Health(Optional.empty())) {
      return health.ask("http://127.0.0.1:" + hub.getAddress().getPort());
    }
  }

  private void answer(int status, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    hub.createContext("/health/ready", exchange -> {
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
      exchange.close();
    });
    hub.start();
  }

  @Test
  void twoHundredIsReady() throws Exception {
    assertThat(ask(200, "{\"ready\":true}").ready()).isTrue();
  }

  @Test
  void anythingElseIsNotAndTellsWhatTheHubSaid() throws Exception {
    Health.Answer answer = ask(
      503,
      "{\"ready\":false,\"why\":\"no node is heard\",\"engines\":[]}"
    );
    assertThat(answer.ready()).isFalse();
    assertThat(answer.detail()).isEqualTo("no node is heard");
    assertThat(answer.isHopeless(List.of("node-1"))).isFalse();
  }

  @Test
  void nobodyThereIsNoAnswer() {
    int port = new Ports(InetAddress.getLoopbackAddress()).free();
    try (Health health = new Health(Optional.empty())) {
      Health.Answer answer = health.ask("http://127.0.0.1:" + port);
      assertThat(answer.ready()).isFalse();
      assertThat(answer.detail()).contains("no answer from").contains(":" + port);
    }
  }

  @Test
  void somethingElseThanAHubIsNotReady() throws Exception {
    Health.Answer answer = ask(404, "<html>" + "x".repeat(1_000));
    assertThat(answer.ready()).isFalse();
    assertThat(answer.detail()).hasSize(200);
  }

  @Test
  void itIsHopelessOnlyOnceEveryNodeIsHeardAndNoneCanChat() throws Exception {
    Health.Answer answer = ask(
      503,
      """
      {"ready": false, "why": "node-1 runs stories260k, which has no chat template", "engines": [
        {"node": "node-1", "model": "stories260k", "kind": "complete"}]}"""
    );
    assertThat(answer.isHopeless(List.of("node-1"))).isTrue();
    assertThat(answer.detail()).contains("node-1", "stories260k", "no chat template");
    assertThat(answer.isHopeless(List.of("node-1", "node-2"))).as("one is still loading").isFalse();
  }

  @Test
  void oneModelThatCanChatIsHope() throws Exception {
    Health.Answer answer = ask(
      503,
      """
      {"ready": false, "engines": [
        {"node": "node-1", "model": "starter", "kind": "chat"},
        {"node": "node-1", "model": "stories260k", "kind": "complete"}]}"""
    );
    assertThat(answer.isHopeless(List.of("node-1"))).isFalse();
  }

  @Test
  void theCertificateThatTheHubsWereGivenIsTrustedAndNoOther() throws Exception {
    TestCertificate ours = TestCertificate.in(folder, "ours");
    TestCertificate another = TestCertificate.in(folder, "another");
    HttpsServer server = HttpsServer.create(
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
      1
    );
    server.setHttpsConfigurator(new HttpsConfigurator(ours.server()));
    hub = server;
    answer(200, "{\"ready\":true}");
    // The certificate is for no address at all: it is the one that was given, and that is enough.
    String address = "https://127.0.0.1:" + hub.getAddress().getPort();
    try (Health pinned = new Health(Optional.of(ours.certificate()))) {
      assertThat(pinned.ask(address).ready()).isTrue();
    }
    try (Health pinnedToAnother = new Health(Optional.of(another.certificate()))) {
      Health.Answer answer = pinnedToAnother.ask(address);
      assertThat(answer.ready()).isFalse();
      assertThat(answer.detail()).contains("no answer");
    }
  }
}
