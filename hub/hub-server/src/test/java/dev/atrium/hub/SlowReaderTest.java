package dev.atrium.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.testing.RawSocket;
import dev.atrium.hub.testing.ScriptedNode;
import dev.atrium.hub.testing.TestClient;
import dev.atrium.hub.testing.TestHub;
import dev.atrium.hub.testing.Waits;
import dev.atrium.schema.testing.TestDatabase;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A client that stops reading is let go within seconds; nobody else notices. */
class SlowReaderTest {

  private TestDatabase database;
  private TestHub cluster;
  private TestHub.Hub hub;
  private Vertx browser;
  private TestClient client;
  private HubFrame.Saved saved;

  @BeforeEach
  void aLongAnswerIsStored() throws Exception {
    database = TestDatabase.migrated();
    cluster = new TestHub(database.url());
    hub = cluster.hub("hub-a");
    ScriptedNode node = cluster.node("node-1");
    node.says = "好".repeat(900);
    node.tokenMillis = 1;
    browser = Vertx.vertx();
    client = new TestClient(browser, hub.port()).signIn();
    client.awaitModel();
    TestClient.Socket writer = client.socket();
    saved = writer.ask("At length");
    writer.await(HubFrame.Finished.class);
    Waits.get(writer.ws.close());
  }

  @AfterEach
  void stop() throws Exception {
    // The hub first: a browser with open sockets takes half a minute to close.
    cluster.close();
    Waits.get(browser.close());
    database.close();
  }

  @Test
  void whoNeverReadsLosesTheConnectionWhileOthersGoOn() throws Exception {
    TestClient.Socket neighbour = client.socket();
    neighbour.await(HubFrame.Welcome.class);
    try (RawSocket stalled = RawSocket.open(hub.port(), client, 16 * 1024)) {
      assertThat(isConnected(stalled)).isTrue();
      Thread asker = ask(stalled);
      long worst = 0;
      long until = System.nanoTime() + 30_000_000_000L;
      while (isConnected(stalled)) {
        assertThat(System.nanoTime()).as("the connection goes").isLessThan(until);
        long before = System.nanoTime();
        neighbour.send(new ClientFrame.Ping(before));
        neighbour.await(HubFrame.Pong.class);
        worst = Math.max(worst, System.nanoTime() - before);
        Thread.sleep(20);
      }
      asker.join();
      // It has not read a byte; what it finds now is what the kernel of its own side had taken.
      long left = bytesLeft(stalled);
      assertThat(left).as("bytes after the end").isLessThan(1 << 20);
      assertThat(worst).as("a neighbour's worst round trip, ns").isLessThan(2_000_000_000L);
    }
    neighbour.send(new ClientFrame.Resume(saved.generationId(), 1, 0));
    assertThat(neighbour.await(HubFrame.Delta.class).text()).isEqualTo("好".repeat(900));
  }

  /** Asks for the whole answer again and again, 2.8 kB each time, until it is let go. */
  private Thread ask(RawSocket socket) {
    byte[] resume = RawSocket.frame(
      RawSocket.FIN | RawSocket.TEXT,
      new ClientFrame.Resume(saved.generationId(), 1, 0)
        .toJson()
        .encode()
        .getBytes(StandardCharsets.UTF_8)
    );
    return Thread.ofPlatform()
      .daemon()
      .start(() -> {
        try {
          for (int i = 0; i < 5_000; i++) {
            socket.sendBytes(resume);
          }
        } catch (IOException _) {
          // let go
        }
      });
  }

  private static long bytesLeft(RawSocket socket) throws IOException {
    long bytes = 0;
    for (var frame = socket.read(); frame.isPresent(); frame = socket.read()) {
      bytes += frame.get().payload().length;
    }
    return bytes;
  }

  /** Whether the hub's end of this connection is still there, as the kernel knows it. */
  private boolean isConnected(RawSocket socket) throws IOException {
    String hubsEnd = ":%04X".formatted(hub.port());
    String itsEnd = ":%04X".formatted(socket.localPort());
    List<String> lines = new ArrayList<>(Files.readAllLines(Path.of("/proc/net/tcp")));
    lines.addAll(Files.readAllLines(Path.of("/proc/net/tcp6")));
    return lines
      .stream()
      .map(line -> line.strip().split("\\s+"))
      .anyMatch(c -> c.length > 3 && c[1].endsWith(hubsEnd) && c[2].endsWith(itsEnd));
  }
}
