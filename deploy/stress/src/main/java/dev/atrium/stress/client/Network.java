package dev.atrium.stress.client;

import dev.atrium.stress.figures.Figures;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.PoolOptions;
import java.net.URI;
import java.sql.Connection;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;

/**
 * What all clients share. Used on the clients' event loop, except for the counters.
 *
 * @param addresses the shared port first, then each hub's own
 * @param database opens a connection to the system's database; for a thread that may wait
 */
record Network(
  Vertx vertx,
  SocketClients sockets,
  HttpClient http,
  Dials dials,
  List<URI> addresses,
  Callable<Connection> database,
  Random random,
  Figures figures
) {
  static final int CONNECT_MILLIS = 10_000;

  static Network create(
    Vertx vertx,
    List<String> addresses,
    Callable<Connection> database,
    long seed,
    Figures figures
  ) {
    HttpClientOptions http = new HttpClientOptions();
    http.setConnectTimeout(CONNECT_MILLIS);
    return new Network(
      vertx,
      new SocketClients(vertx, URI.create(addresses.getFirst()).getHost()),
      vertx.createHttpClient(http, new PoolOptions().setHttp1MaxSize(64)),
      new Dials(vertx),
      addresses.stream().map(URI::create).toList(),
      database,
      new Random(seed),
      figures
    );
  }

  /**
   * Where an attempt to connect goes: the shared port and, every second time after a failure, one
   * hub's own, since the shared one may lead to a hub that hangs.
   */
  URI address(int attempt) {
    return attempt % 2 == 0 || addresses.size() == 1
      ? addresses.getFirst()
      : addresses.get(1 + random.nextInt(addresses.size() - 1));
  }
}
