package dev.atrium.launcher.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Somebody at a browser, without the browser: keeps cookies, sends the Origin a browser would send. */
final class Person implements AutoCloseable {

  // As browsers do without TLS.
  private final HttpClient client = HttpClient.newBuilder().version(Version.HTTP_1_1).build();
  private final Map<String, String> cookies = new TreeMap<>();
  private final String address;

  Person(String address) {
    this.address = address;
  }

  /** Signs in with the one-time password and chooses one's own. */
  static Person welcomed(Atrium atrium, String ownPassword) throws Exception {
    Person person = new Person(atrium.address());
    String oneTime = atrium.oneTimePassword();
    person.signIn(atrium.administrator(), oneTime);
    person.post("/api/session/password", json("current", oneTime, "next", ownPassword));
    return person;
  }

  /** The same person on another hub: the same cookies. */
  Person at(String otherAddress) {
    Person other = new Person(otherAddress);
    other.cookies.putAll(cookies);
    return other;
  }

  void signIn(String name, String password) throws Exception {
    post("/api/session", json("name", name, "password", password));
  }

  JsonObject get(String path) throws Exception {
    return send(request(path).GET().build());
  }

  JsonObject post(String path, JsonObject body) throws Exception {
    return send(
      request(path)
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body.encode()))
        .build()
    );
  }

  /** Opens the websocket and waits for the welcome. */
  ChatSocket connect() throws Exception {
    return ChatSocket.open(
      client,
      address.replaceFirst("^http", "ws") + "/ws",
      address,
      cookieHeader()
    );
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(address + path))
      .timeout(Duration.ofSeconds(60))
      .header("Origin", address);
    return cookies.isEmpty() ? builder : builder.header("Cookie", cookieHeader());
  }

  private JsonObject send(HttpRequest request) throws Exception {
    HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
    assertThat(response.statusCode())
      .as("%s %s: %s", request.method(), request.uri(), response.body())
      .isBetween(200, 299);
    for (String cookie : response.headers().allValues("Set-Cookie")) {
      String[] pair = cookie.split(";", 2)[0].split("=", 2);
      cookies.put(pair[0].trim(), pair[1].trim());
    }
    return response.body().isBlank() ? new JsonObject() : new JsonObject(response.body());
  }

  private String cookieHeader() {
    return cookies
      .entrySet()
      .stream()
      .map(e -> e.getKey() + "=" + e.getValue())
      .collect(Collectors.joining("; "));
  }

  static JsonObject json(Object... pairs) {
    JsonObject json = new JsonObject();
    for (int i = 0; i < pairs.length; i += 2) {
      json.put((String) pairs[i], pairs[i + 1]);
    }
    return json;
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
