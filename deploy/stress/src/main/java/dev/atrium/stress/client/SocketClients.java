package dev.atrium.stress.client;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Opens sockets from several addresses of the loopback in turn, if that is where the hubs are. From one
 * address Linux finds half of its 28,000 ports at once; past 14,000 connections it looks through all of
 * those before it tries the other half, at each connect. Used on the clients' loop.
 */
final class SocketClients {

  private static final int ADDRESSES = 8;
  private static final int MOST_FRAME_BYTES = 4 << 20;

  private final List<WebSocketClient> clients = new ArrayList<>();
  private int turn;

  /**
   * @param host where the hubs are
   */
  SocketClients(Vertx vertx, String host) {
    if (isLoopbackOfLinux(host)) {
      IntStream.rangeClosed(1, ADDRESSES).forEach(i ->
        clients.add(vertx.createWebSocketClient(options("127.1.1." + i)))
      );
    } else {
      clients.add(vertx.createWebSocketClient(options(null)));
    }
  }

  /** Others give the loopback one address only. */
  private static boolean isLoopbackOfLinux(String host) {
    return System.getProperty("os.name").equals("Linux") && host.startsWith("127.");
  }

  /**
   * @param from the address, or null for whichever the system takes
   */
  private static WebSocketClientOptions options(String from) {
    WebSocketClientOptions options = new WebSocketClientOptions()
      .setMaxConnections(200_000)
      .setMaxFrameSize(MOST_FRAME_BYTES)
      .setMaxMessageSize(MOST_FRAME_BYTES);
    options.setConnectTimeout(Network.CONNECT_MILLIS).setLocalAddress(from);
    return options;
  }

  /** Opens one, from the address whose turn it is. */
  Future<WebSocket> connect(WebSocketConnectOptions options) {
    turn = (turn + 1) % clients.size();
    return clients.get(turn).connect(options);
  }

  /** Closes all of them. */
  Future<Void> close() {
    return Future.join(clients.stream().map(WebSocketClient::close).toList()).mapEmpty();
  }
}
