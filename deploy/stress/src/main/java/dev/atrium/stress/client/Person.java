package dev.atrium.stress.client;

import dev.atrium.stress.figures.Figures.Count;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.sql.Connection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Somebody with a session. The session was put into the database with its refresh token, so that
 * nobody's password has to be hashed; from there on it is renewed as a browser does. Whose session is
 * over signs in anew: a refresh token that a fault kept from arriving is good for half a minute only.
 */
public final class Person {

  /** An access token lives ten minutes. */
  private static final long RENEW_NANOS = 8 * 60 * 1_000_000_000L;
  private static final long PATIENCE_MILLIS = 10_000;
  private static final long LONGEST_MILLIS = 15_000;

  /** Whether a line may be opened now. */
  enum Authorization {
    OK,
    LATER,
  }

  private final UUID id;
  private final String name;
  private String refreshToken;
  private String accessToken = "";
  private long renewedNanos;
  private Future<Authorization> renewing;

  public Person(UUID id, String name, String refreshToken) {
    this.id = id;
    this.name = name;
    this.refreshToken = refreshToken;
  }

  public UUID id() {
    return id;
  }

  public String name() {
    return name;
  }

  /** The header of a request. */
  private String cookie() {
    return "atrium_access=" + accessToken;
  }

  /** Opens a socket with this person's session, within so many milliseconds. */
  Future<WebSocket> dial(Network network, URI address, long limitMillis) {
    return network
      .sockets()
      .connect(
        new WebSocketConnectOptions()
          .setHost(address.getHost())
          .setPort(address.getPort())
          .setURI("/ws")
          .setTimeout(limitMillis)
          .putHeader("Origin", address.toString())
          .putHeader("Cookie", cookie())
      );
  }

  /** Asks a hub, as the web client does before an attempt to connect. */
  Future<Authorization> authorize(Network network, URI address) {
    if (accessToken.isEmpty() || System.nanoTime() - renewedNanos > RENEW_NANOS) {
      return renew(network, address);
    }
    return request(network, address, HttpMethod.GET, "/api/session", cookie())
      .compose(status -> status == 401 ? renew(network, address) : now(status))
      .otherwise(Authorization.LATER);
  }

  private static Future<Authorization> now(int status) {
    return Future.succeededFuture(status == 200 ? Authorization.OK : Authorization.LATER);
  }

  /** One at a time, however many lines a person has. */
  private Future<Authorization> renew(Network network, URI address) {
    if (renewing == null) {
      renewing = refresh(network, address)
        .compose(status ->
          status == 401
            ? signIn(network).compose(_ -> refresh(network, address))
            : Future.succeededFuture(status)
        )
        .compose(Person::now)
        .otherwise(Authorization.LATER)
        .onComplete(_ -> renewing = null);
    }
    return renewing;
  }

  private Future<Integer> refresh(Network network, URI address) {
    String cookie = "atrium_refresh=" + refreshToken;
    return request(network, address, HttpMethod.POST, "/api/session/refresh", cookie);
  }

  private Future<String> signIn(Network network) {
    network.figures().count(Count.SIGN_INS);
    return network
      .vertx()
      .executeBlocking(() -> {
        try (Connection database = network.database().call()) {
          return Sessions.open(database, List.of(id)).getFirst();
        }
      })
      .onSuccess(token -> refreshToken = token)
      .timeout(LONGEST_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Reads something as this person. */
  Future<JsonObject> get(Network network, URI address, String path) {
    return authorize(network, address).compose(_ ->
        open(network, address, HttpMethod.GET, path, cookie())
          .compose(HttpClientRequest::send)
          .compose(response ->
            response.statusCode() == 200
              ? response.body().map(Buffer::toJsonObject)
              : Future.failedFuture(path + ": " + response.statusCode())
          )
      );
  }

  private Future<Integer> request(
    Network network,
    URI address,
    HttpMethod method,
    String path,
    String cookie
  ) {
    return open(network, address, method, path, cookie)
      .compose(request ->
        method.equals(HttpMethod.POST)
          ? request.putHeader("Content-Type", "application/json").send("{}")
          : request.send()
      )
      .compose(response -> {
        response.cookies().forEach(this::take);
        return response.body().map(response.statusCode());
      })
      // Whatever becomes of the connection: a line that waits for this must not wait for ever.
      .timeout(LONGEST_MILLIS, TimeUnit.MILLISECONDS);
  }

  private static Future<HttpClientRequest> open(
    Network network,
    URI address,
    HttpMethod method,
    String path,
    String cookie
  ) {
    return network
      .http()
      .request(
        new RequestOptions()
          .setMethod(method)
          .setHost(address.getHost())
          .setPort(address.getPort())
          .setURI(path)
          .setTimeout(PATIENCE_MILLIS)
          .putHeader("Origin", List.of(address.toString()))
          .putHeader("Cookie", List.of(cookie))
      );
  }

  private void take(String setCookie) {
    String pair = setCookie.split(";", 2)[0];
    if (pair.startsWith("atrium_access=")) {
      accessToken = pair.substring("atrium_access=".length());
      renewedNanos = System.nanoTime();
    } else if (pair.startsWith("atrium_refresh=")) {
      refreshToken = pair.substring("atrium_refresh=".length());
    }
  }
}
