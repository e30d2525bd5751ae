package dev.atrium.launcher;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
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
   */
  record Answer(boolean ready, String detail) {}

  Answer ask(String address) {
    HttpRequest request = HttpRequest.newBuilder(URI.create(address + "/health/ready"))
      .timeout(Duration.ofSeconds(3))
      .build();
    try {
      HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
      return new Answer(response.statusCode() == 200, brief(response.body()));
    } catch (IOException e) {
      return new Answer(false, "no answer from " + address);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Answer(false, "interrupted");
    }
  }

  private static String brief(String body) {
    try {
      return new JsonObject(body).encode();
    } catch (DecodeException e) {
      return body.length() > 200 ? body.substring(0, 200) : body;
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
