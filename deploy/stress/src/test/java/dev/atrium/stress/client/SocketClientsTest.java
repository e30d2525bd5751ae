package dev.atrium.stress.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.condition.OS.LINUX;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.WebSocketConnectOptions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;

class SocketClientsTest {

  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() throws Exception {
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  @Test
  @EnabledOnOs(LINUX)
  void opensSocketsOfALoopbackFromEightAddressesInTurn() throws Exception {
    Set<String> from = ConcurrentHashMap.newKeySet();
    HttpServer server = vertx
      .createHttpServer()
      .webSocketHandler(ws -> from.add(ws.remoteAddress().hostAddress()))
      .listen(0, "127.0.0.1")
      .await(10, TimeUnit.SECONDS);
    SocketClients clients = new SocketClients(vertx, "127.0.0.1");
    WebSocketConnectOptions to = new WebSocketConnectOptions()
      .setHost("127.0.0.1")
      .setPort(server.actualPort());
    for (var opened : IntStream.range(0, 8)
      .mapToObj(_ -> clients.connect(to))
      .toList()) {
      opened.await(10, TimeUnit.SECONDS);
    }
    assertThat(from).hasSize(8);
    clients.close().await(10, TimeUnit.SECONDS);
  }
}
