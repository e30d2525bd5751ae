package dev.atrium.launcher;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Asks a hub whether chat works: {@code GET /health/ready}. */
final class Health implements AutoCloseable {

  private final HttpClient client;

  /** {@code certificate}: the PEM file that the hubs show, if they speak TLS. */
  Health(Optional<Path> certificate) {
    HttpClient.Builder builder = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2));
    certificate.map(PinnedCertificate::context).ifPresent(builder::sslContext);
    client = builder.build();
  }

  /**
   * One answer.
   *
   * @param ready whether a chat message would be answered
   * @param detail what the hub said, or why it could not be asked
   * @param chatters whether each node that the hub hears has a model that can chat
   */
  record Answer(boolean ready, String detail, Map<String, Boolean> chatters) {
    /** Every one of these nodes is heard with its models, and none of them will ever chat. */
    boolean isHopeless(Collection<String> nodes) {
      return !ready && chatters.keySet().containsAll(nodes) && !chatters.containsValue(true);
    }
  }

  Answer ask(String address) {
    HttpRequest request = HttpRequest.newBuilder(URI.create(address + "/health/ready"))
      .timeout(Duration.ofSeconds(3))
      .build();
    try {
      HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
      return answer(response.statusCode() == 200, response.body());
    } catch (IOException e) {
      return new Answer(false, "no answer from " + address, Map.of());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Answer(false, "interrupted", Map.of());
    }
  }

  private static Answer answer(boolean ready, String body) {
    try {
      JsonObject json = new JsonObject(body);
      Map<String, Boolean> chatters = new HashMap<>();
      for (Object o : json.getJsonArray("engines", new JsonArray())) {
        JsonObject engine = (JsonObject) o;
        chatters.merge(
          engine.getString("node"),
          "chat".equals(engine.getString("kind")),
          Boolean::logicalOr
        );
      }
      return new Answer(ready, json.getString("why", json.encode()), chatters);
    } catch (DecodeException | ClassCastException | NullPointerException e) {
      return new Answer(ready, body.length() > 200 ? body.substring(0, 200) : body, Map.of());
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
