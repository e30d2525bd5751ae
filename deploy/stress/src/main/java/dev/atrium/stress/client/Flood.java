package dev.atrium.stress.client;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Strangers who try passwords: every attempt with a name that nobody has, and from one of many addresses
 * of the loopback, so that no limit per account or address ends it before the passwords are hashed.
 */
public final class Flood implements AutoCloseable {

  private static final int ADDRESSES = 200;
  private static final int MOST_UNDER_WAY = 2_000;
  private static final int PER_TICK_MS = 20;

  private final Vertx vertx = Vertx.vertx();
  private final List<HttpClient> clients = new ArrayList<>();
  private final List<URI> hubs;
  private final int perSecond;
  private final AtomicInteger attempts = new AtomicInteger();
  private final AtomicInteger underWay = new AtomicInteger();
  private final Map<Integer, Integer> answers = new TreeMap<>();
  private double owed;
  private long timer;

  /**
   * @param hubs each hub's own address
   */
  public Flood(List<URI> hubs, int perSecond) {
    this.hubs = hubs;
    this.perSecond = perSecond;
    for (int i = 0; i < ADDRESSES; i++) {
      clients.add(
        vertx.createHttpClient(
          new HttpClientOptions().setLocalAddress("127.1.0." + (i + 1)),
          new PoolOptions().setHttp1MaxSize(16)
        )
      );
    }
  }

  /** Begins, or goes on. */
  public void open() {
    timer = vertx.setPeriodic(PER_TICK_MS, _ -> {
      owed += (perSecond * PER_TICK_MS) / 1_000.0;
      for (; owed >= 1; owed--) {
        attempt();
      }
    });
  }

  /** Tries no more, for the time being. */
  public void shut() {
    vertx.cancelTimer(timer);
  }

  private void attempt() {
    if (underWay.incrementAndGet() > MOST_UNDER_WAY) {
      underWay.decrementAndGet();
      return;
    }
    int n = attempts.incrementAndGet();
    URI hub = hubs.get(n % hubs.size());
    clients
      .get(n % ADDRESSES)
      .request(
        new RequestOptions()
          .setMethod(HttpMethod.POST)
          .setHost(hub.getHost())
          .setPort(hub.getPort())
          .setURI("/api/session")
          .putHeader("Origin", hub.toString())
          .putHeader("Content-Type", "application/json")
          .setTimeout(60_000)
      )
      .compose(request ->
        request.send(
          new JsonObject().put("name", "stranger-" + n).put("password", "wrong").encode()
        )
      )
      .compose(response -> response.end().map(response.statusCode()))
      .otherwise(0)
      .onSuccess(this::answered);
  }

  private void answered(int status) {
    underWay.decrementAndGet();
    synchronized (answers) {
      answers.merge(status, 1, Integer::sum);
    }
  }

  /** How many attempts got which HTTP status; 0 for none. */
  public Map<Integer, Integer> answers() {
    synchronized (answers) {
      return Map.copyOf(answers);
    }
  }

  @Override
  public void close() {
    vertx.close();
  }
}
