package dev.atrium.hub.gateway.ws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.CloseCode;
import dev.atrium.hub.session.Outbox;
import dev.atrium.hub.testing.RawSocket;
import dev.atrium.hub.testing.TestClient;
import dev.atrium.hub.testing.Waits;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import java.lang.ref.WeakReference;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An outbox over a real connection whose reader stalls. */
class SocketsTest {

  private static final String FRAME = "x".repeat(200);

  private final AtomicLong inNetty = new AtomicLong();
  private final AtomicLong mostInNetty = new AtomicLong();
  private final BlockingQueue<Outbox> opened = new LinkedBlockingQueue<>();
  private final CompletableFuture<Void> closed = new CompletableFuture<>();
  private Vertx vertx;
  private RawSocket reader;
  private Outbox outbox;
  private volatile WeakReference<ServerWebSocket> socket;

  @BeforeEach
  void connect() throws Exception {
    vertx = Vertx.vertx();
    HttpServer server = Waits.get(
      vertx
        .createHttpServer(
          new HttpServerOptions()
            .setSendBufferSize(16 * 1024)
            .setWebSocketClosingTimeout(2)
            .setPerMessageWebSocketCompressionSupported(false)
            .setPerFrameWebSocketCompressionSupported(false)
        )
        .webSocketHandler(ws -> {
          ws.closeHandler(_ -> closed.complete(null));
          socket = new WeakReference<>(ws);
          opened.add(new Outbox(sink(ws)));
        })
        .listen(0, "127.0.0.1")
    );
    int port = server.actualPort();
    reader = RawSocket.open(port, new TestClient(vertx, port), 16 * 1024);
    outbox = opened.poll(10, TimeUnit.SECONDS);
  }

  @AfterEach
  void stop() throws Exception {
    reader.close();
    Waits.get(vertx.close());
  }

  private Outbox.Sink sink(ServerWebSocket ws) {
    return new Outbox.Sink() {
      @Override
      public Future<Void> write(String text) {
        long now = inNetty.addAndGet(text.length());
        mostInNetty.accumulateAndGet(now, Math::max);
        return ws.writeTextMessage(text).onComplete(_ -> inNetty.addAndGet(-text.length()));
      }

      @Override
      public void close(CloseCode code) {
        Sockets.close(vertx, ws, code.number(), "slow");
      }
    };
  }

  private void fill() {
    long most = 0;
    while (outbox.offer(FRAME)) {
      most = Math.max(most, outbox.waiting());
    }
    assertThat(most).isLessThanOrEqualTo(Outbox.MOST_BYTES).isGreaterThan(Outbox.MOST_BYTES / 2);
    assertThat(mostInNetty.get()).isLessThanOrEqualTo(Outbox.MOST_BYTES);
  }

  @Test
  void whoReadsAgainInTimeIsToldWhy() throws Exception {
    fill();
    assertThat(reader.await(RawSocket.CLOSE).closeCode()).isEqualTo(4408);
  }

  @Test
  void whoNeverReadsIsLetGoAndWhatWaitedIsForgotten() throws Exception {
    fill();
    assertThat(inNetty.get()).isGreaterThan(Outbox.MOST_BYTES / 8);
    closed.get(10, TimeUnit.SECONDS);
    assertThat(outbox.offer(FRAME)).isFalse();
    // Vert.x never ends some of the writes; but nothing keeps them either.
    outbox = null;
    Waits.until("the socket and its frames are garbage", () -> {
      System.gc();
      return socket.get() == null;
    });
  }

  @Test
  void aConnectionThatIsGoneMayBeResetAgain() throws Exception {
    reader.close();
    closed.get(10, TimeUnit.SECONDS);
    outbox.close(CloseCode.HUB_LEAVING);
    Waits.until("offers are refused", () -> !outbox.offer(FRAME));
  }
}
