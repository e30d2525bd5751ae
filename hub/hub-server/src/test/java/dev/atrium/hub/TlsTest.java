package dev.atrium.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.hub.testing.TestCertificate;
import dev.atrium.hub.testing.TestHub;
import dev.atrium.hub.testing.Waits;
import dev.atrium.schema.testing.TestDatabase;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.PemTrustOptions;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A hub with a certificate, as it is off loopback. */
class TlsTest {

  @TempDir
  static Path folder;

  private static TestDatabase database;
  private static TestHub cluster;
  private static TestHub.Hub hub;
  private static TestCertificate certificate;

  @BeforeAll
  static void start() throws Exception {
    certificate = TestCertificate.in(folder);
    database = TestDatabase.migrated();
    cluster = new TestHub(database.url());
    hub = cluster.hub(
      "hub-a",
      Map.of(
        "ATRIUM_TLS_CERT",
        certificate.certificate().toString(),
        "ATRIUM_TLS_KEY",
        certificate.key().toString()
      )
    );
  }

  @AfterAll
  static void stop() throws Exception {
    cluster.close();
    database.close();
  }

  private static String address() {
    return "https://127.0.0.1:" + hub.port();
  }

  private static HttpClient client(HttpClient.Version version) throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    try (InputStream in = Files.newInputStream(certificate.certificate())) {
      trusted.setCertificateEntry(
        "hub",
        CertificateFactory.getInstance("X.509").generateCertificate(in)
      );
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, trust.getTrustManagers(), null);
    return HttpClient.newBuilder().version(version).sslContext(tls).build();
  }

  private static HttpResponse<String> signIn(HttpClient client, String origin) throws Exception {
    JsonObject body = new JsonObject().put("name", "admin").put("password", TestHub.ONE_TIME);
    return client.send(
      HttpRequest.newBuilder(URI.create(address() + "/api/session"))
        .header("Content-Type", "application/json")
        .header("Origin", origin)
        .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
        .build(),
      HttpResponse.BodyHandlers.ofString()
    );
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void whoSignsInGetsCookiesForTlsAlone(HttpClient.Version version) throws Exception {
    try (HttpClient client = client(version)) {
      HttpResponse<String> response = signIn(client, address());
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      assertThat(response.headers().allValues("set-cookie"))
        .hasSize(2)
        .allSatisfy(cookie -> assertThat(cookie).contains("Secure").contains("HTTPOnly"));
    }
  }

  @Test
  void aPageWithoutTlsIsAForeignOne() throws Exception {
    try (HttpClient client = client(HttpClient.Version.HTTP_1_1)) {
      assertThat(signIn(client, "http://127.0.0.1:" + hub.port()).statusCode()).isEqualTo(403);
    }
  }

  @Test
  void theSocketSpeaksTlsToo() throws Exception {
    Vertx vertx = Vertx.vertx();
    try (HttpClient client = client(HttpClient.Version.HTTP_1_1)) {
      String cookies = signIn(client, address())
        .headers()
        .allValues("set-cookie")
        .stream()
        .map(cookie -> cookie.split(";", 2)[0])
        .collect(Collectors.joining("; "));
      CompletableFuture<String> first = new CompletableFuture<>();
      WebSocketClient socketClient = vertx.createWebSocketClient(
        new WebSocketClientOptions()
          .setSsl(true)
          .setTrustOptions(new PemTrustOptions().addCertPath(certificate.certificate().toString()))
      );
      var ws = socketClient.webSocket();
      ws.textMessageHandler(first::complete);
      boolean ssl = Waits.get(
        ws
          .connect(
            new WebSocketConnectOptions()
              .setSsl(true)
              .setHost("127.0.0.1")
              .setPort(hub.port())
              .setURI("/ws")
              .addHeader("Origin", address())
              .addHeader("Cookie", cookies)
          )
          // Asked on the event loop: the hub closes this socket at once, and a closed one says no.
          .map(WebSocket::isSsl)
      );
      assertThat(ssl).isTrue();
      // Whoever has a one-time password is told so; that the frame came is what counts here.
      assertThat(first.get(10, TimeUnit.SECONDS)).contains("password_change_required");
      Waits.get(socketClient.close());
    } finally {
      Waits.get(vertx.close());
    }
  }

  @Test
  void thePageIsServed() throws Exception {
    try (HttpClient client = client(HttpClient.Version.HTTP_1_1)) {
      HttpResponse<String> page = client.send(
        HttpRequest.newBuilder(URI.create(address() + "/")).build(),
        HttpResponse.BodyHandlers.ofString()
      );
      assertThat(page.headers().firstValue("content-security-policy")).isPresent();
      assertThat(page.headers().firstValue("strict-transport-security")).isPresent();
    }
  }

  @Test
  void whoDoesNotTrustTheCertificateDoesNotComeIn() throws Exception {
    try (HttpClient stranger = HttpClient.newHttpClient()) {
      HttpRequest request = HttpRequest.newBuilder(URI.create(address() + "/health/live")).build();
      assertThatThrownBy(() ->
        stranger.send(request, HttpResponse.BodyHandlers.ofString())
      ).isInstanceOf(SSLHandshakeException.class);
    }
  }
}
