package dev.atrium.hub;

import dev.atrium.hub.config.HttpConfig;
import dev.atrium.hub.gateway.rest.HttpApi;
import dev.atrium.hub.gateway.ws.ChatGateway;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * The listening sockets: the port that all hubs of a machine share (the kernel spreads the
 * connections) and this hub's own, each on a few event loops.
 */
final class HttpServers {

  private static final int IDLE_SECONDS = 75;
  private static final int MOST_EVENT_LOOPS = 4;
  /** What the kernel may hold of what a reader has not taken; it would take up to 4 MiB by itself. */
  private static final int SEND_BUFFER_BYTES = 256 * 1024;

  private final Vertx vertx;
  private final HttpConfig config;
  private final HttpApi api;
  private final ChatGateway chat;
  private final List<HttpServer> servers = new CopyOnWriteArrayList<>();
  private volatile int port;

  HttpServers(Vertx vertx, HttpConfig config, HttpApi api, ChatGateway chat) {
    this.vertx = vertx;
    this.config = config;
    this.api = api;
    this.chat = chat;
    this.port = config.port();
  }

  /** Where this hub itself is reached: its direct port if it has one. */
  static String url(HttpConfig config) {
    return url(config, config.directPort() != 0 ? config.directPort() : config.port());
  }

  private static String url(HttpConfig config, int port) {
    String host = config.host().contains(":") ? "[" + config.host() + "]" : config.host();
    return config.scheme() + "://" + host + ":" + port;
  }

  /** Begins to listen; fails if a port is taken. */
  Future<Void> start(Begun begun) {
    int loops = Math.max(1, Math.min(MOST_EVENT_LOOPS, Runtime.getRuntime().availableProcessors()));
    return begun.deploy(Listener::new, new DeploymentOptions().setInstances(loops));
  }

  /** The address that all hubs of this machine share. */
  String url() {
    return url(config, port);
  }

  /** Takes no connections any more; completes when those that are open have gone, or after a while. */
  Future<Void> stop(Duration patience) {
    List<Future<Void>> all = new ArrayList<>();
    servers.forEach(s -> all.add(s.shutdown(patience.toSeconds(), TimeUnit.SECONDS)));
    return Future.join(all).mapEmpty();
  }

  private HttpServerOptions options(boolean shared) {
    HttpServerOptions options = new HttpServerOptions()
      .setHost(config.host())
      .setReusePort(shared)
      .setTcpNoDelay(true)
      .setSendBufferSize(SEND_BUFFER_BYTES)
      .setReadIdleTimeout(IDLE_SECONDS)
      // An offer of h2c is passed over, as RFC 9110 (7.8) lets a server do: browsers never make one,
      // and through a proxy that does not understand it a request could be smuggled.
      .setHttp2ClearTextEnabled(false)
      // A compressor for each socket costs four times what the socket does.
      .setPerMessageWebSocketCompressionSupported(false)
      .setPerFrameWebSocketCompressionSupported(false)
      // Twice what is taken, so that the one who sends too much can still be told.
      .setMaxWebSocketFrameSize(2 * ChatGateway.MOST_FRAME_BYTES)
      .setMaxWebSocketMessageSize(2 * ChatGateway.MOST_FRAME_BYTES)
      .setWebSocketClosingTimeout(2);
    config
      .tls()
      .ifPresent(tls ->
        options
          .setSsl(true)
          .setKeyCertOptions(
            new PemKeyCertOptions()
              .setCertPath(tls.certificate().toString())
              .setKeyPath(tls.key().toString())
          )
      );
    return options;
  }

  /** One event loop's share. */
  private final class Listener extends VerticleBase {

    @Override
    public Future<?> start() {
      Future<?> shared = listen(config.port(), true).onSuccess(s -> port = s.actualPort());
      return config.directPort() == 0
        ? shared
        : shared.compose(_ -> listen(config.directPort(), false));
    }

    private Future<HttpServer> listen(int wanted, boolean sharedWithOtherHubs) {
      HttpServer server = vertx.createHttpServer(options(sharedWithOtherHubs));
      servers.add(server);
      return server
        .requestHandler(api.router(vertx))
        .webSocketHandshakeHandler(chat::handshake)
        .listen(wanted);
    }
  }
}
