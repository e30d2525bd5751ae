package dev.atrium.hub.audit;

import static dev.atrium.hub.testing.HubData.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.atrium.audit.Anchor;
import dev.atrium.hub.config.AuditConfig;
import dev.atrium.hub.testing.TestAuthority;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints leave this machine over TLS: to servers of the JDK, with certificates of a private authority. */
class CheckpointTlsTest {

  private static final List<Anchor> ANCHORS = CheckpointSinkTest.anchors(2);
  private static final String HERE = "ip:127.0.0.1";

  @TempDir
  private static Path folder;

  private static Vertx vertx;
  private static Path trusted;
  private static Path another;
  private static SSLContext right;
  private static SSLContext ofAnotherName;

  @BeforeAll
  static void certificates() throws Exception {
    vertx = Vertx.vertx();
    TestAuthority ours = TestAuthority.in(Files.createDirectory(folder.resolve("ours")));
    trusted = ours.certificate();
    right = ours.server(HERE);
    ofAnotherName = ours.server("dns:log.example.org");
    another = TestAuthority.in(Files.createDirectory(folder.resolve("another"))).certificate();
  }

  @AfterAll
  static void stop() {
    await(vertx.close());
  }

  /** Takes one connection to its end, which must be a proper one (RFC 5425, 4.4), not a cut. */
  private static final class SyslogServer implements AutoCloseable {

    final SSLServerSocket socket;
    final CompletableFuture<Buffer> heard = new CompletableFuture<>();

    SyslogServer(SSLContext tls) throws IOException {
      socket = (SSLServerSocket) tls
        .getServerSocketFactory()
        .createServerSocket(0, 5, InetAddress.getLoopbackAddress());
      Thread.ofVirtual().start(() -> {
          try (SSLSocket line = (SSLSocket) socket.accept()) {
            line.startHandshake();
            // A client that nobody holds would be closed now, in the middle of its message.
            System.gc();
            Thread.sleep(100);
            heard.complete(Buffer.buffer(line.getInputStream().readAllBytes()));
          } catch (IOException | InterruptedException e) {
            heard.completeExceptionally(e);
          }
        });
    }

    SyslogSink sink(Path ca) {
      return new SyslogSink(
        vertx,
        new AuditConfig.Syslog("127.0.0.1", socket.getLocalPort(), true),
        Optional.of(ca),
        "hub-1"
      );
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @Test
  void bringsSyslogMessagesToAServerOfThePrivateAuthority() throws Exception {
    try (SyslogServer server = new SyslogServer(right)) {
      await(server.sink(trusted).write(ANCHORS));
      Buffer rest = server.heard.get(10, TimeUnit.SECONDS);
      for (Anchor anchor : ANCHORS) {
        String text = rest.toString();
        int space = text.indexOf(' ');
        int end = space + 1 + Integer.parseInt(text.substring(0, space));
        String message = rest.getString(space + 1, end);
        assertThat(message).startsWith("<109>1 ");
        assertThat(Anchor.parse(message.substring(message.indexOf('{'))).checkpoint()).isEqualTo(
          anchor.checkpoint()
        );
        rest = rest.getBuffer(end, rest.length());
      }
      assertThat(rest.length()).isZero();
    }
  }

  @Test
  void tellsNoSyslogServerOfAnotherAuthorityOrName() throws Exception {
    try (SyslogServer server = new SyslogServer(right)) {
      assertThatThrownBy(() -> await(server.sink(another).write(ANCHORS))).isNotNull();
      assertThat(server.heard).failsWithin(10, TimeUnit.SECONDS);
    }
    try (SyslogServer server = new SyslogServer(ofAnotherName)) {
      assertThatThrownBy(() -> await(server.sink(trusted).write(ANCHORS))).isNotNull();
      assertThat(server.heard).failsWithin(10, TimeUnit.SECONDS);
    }
  }

  private static final class WebServer implements AutoCloseable {

    final HttpsServer server;
    final List<String> bodies = new CopyOnWriteArrayList<>();

    WebServer(SSLContext tls) throws IOException {
      server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 5);
      server.setHttpsConfigurator(new HttpsConfigurator(tls));
      server.createContext("/log", exchange -> {
        bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        exchange.sendResponseHeaders(204, -1);
        exchange.close();
      });
      server.start();
    }

    HttpSink sink(Path ca) {
      URI url = URI.create("https://127.0.0.1:" + server.getAddress().getPort() + "/log");
      return new HttpSink(vertx, new AuditConfig.Http(url, Optional.empty()), Optional.of(ca));
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }

  @Test
  void postsToAServerOfThePrivateAuthority() throws Exception {
    try (WebServer server = new WebServer(right)) {
      await(server.sink(trusted).write(ANCHORS));
      assertThat(server.bodies).containsExactlyElementsOf(
        ANCHORS.stream().map(Anchor::line).toList()
      );
    }
  }

  @Test
  void postsToNoServerOfAnotherAuthorityOrName() throws Exception {
    try (WebServer server = new WebServer(right)) {
      assertThatThrownBy(() -> await(server.sink(another).write(ANCHORS))).isNotNull();
      assertThat(server.bodies).isEmpty();
    }
    try (WebServer server = new WebServer(ofAnotherName)) {
      assertThatThrownBy(() -> await(server.sink(trusted).write(ANCHORS))).isNotNull();
      assertThat(server.bodies).isEmpty();
    }
  }
}
