package dev.atrium.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLContext;

/**
 * A person's own session at a hub, for what hubs let nobody do but people who have signed in. Ended when
 * it is closed. What the hub refuses is an {@link AdminException} in the hub's words.
 */
final class HubSession implements AutoCloseable {

  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final URI hub;
  private final HttpClient client;

  private HubSession(URI hub, HttpClient client) {
    this.hub = hub;
    this.client = client;
  }

  /** Signs in by a password; who comes by the company's sign-in service has none, and needs a browser. */
  static HubSession open(URI hub, SSLContext tls, String name, String password) {
    HttpClient client = HttpClient.newBuilder()
      .version(HttpClient.Version.HTTP_1_1)
      .connectTimeout(TIMEOUT)
      .cookieHandler(new CookieManager())
      .sslContext(tls)
      .build();
    HubSession session = new HubSession(hub, client);
    try {
      session.post("/api/session", Map.of("name", name, "password", password));
      return session;
    } catch (RuntimeException e) {
      client.close();
      throw e;
    }
  }

  JsonNode get(String path) {
    return send(request(path).GET());
  }

  JsonNode post(String path, Map<String, ?> body) {
    return send(
      request(path)
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(Work.json(body)))
    );
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(hub.resolve(path)).timeout(TIMEOUT).header("Origin", origin());
  }

  private String origin() {
    return hub.getScheme() + "://" + hub.getAuthority();
  }

  private JsonNode send(HttpRequest.Builder request) {
    try {
      HttpResponse<String> answer = client.send(request.build(), BodyHandlers.ofString());
      JsonNode json = JSON.readTree(answer.body());
      if (answer.statusCode() / 100 == 2) {
        return json;
      }
      int code = answer.statusCode() == 404 ? AdminException.NOT_FOUND : AdminException.FAILED;
      throw new AdminException(
        code,
        json.path("error").path("message").asText("The hub answered " + answer.statusCode() + ".")
      );
    } catch (JsonProcessingException e) {
      throw new AdminException(AdminException.FAILED, hub + " is no hub.", e);
    } catch (IOException e) {
      throw new AdminException(
        AdminException.UNAVAILABLE,
        "The hub " + hub + " can't be reached: " + e,
        e
      );
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AdminException(AdminException.FAILED, "Broken off.", e);
    }
  }

  @Override
  public void close() {
    try {
      send(
        request("/api/session")
          .header("Content-Type", "application/json")
          .method("DELETE", BodyPublishers.ofString("{}"))
      );
    } finally {
      client.close();
    }
  }
}
