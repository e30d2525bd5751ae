package dev.atrium.inference.shelf;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * A host that gives repositories out as Hugging Face does. The token goes to this host alone, never to
 * one that it redirects to; over plain HTTP only on this machine.
 */
final class Endpoint implements AutoCloseable {

  private static final String DEFAULT = "https://huggingface.co";
  private static final int REDIRECTS = 5;

  private final URI base;
  private final Optional<String> token;
  private final HttpClient client;

  private Endpoint(URI base, Optional<String> token, Proxies proxies) {
    this.base = base;
    this.token = token;
    this.client = HttpClient.newBuilder()
      .version(HttpClient.Version.HTTP_1_1)
      .followRedirects(HttpClient.Redirect.NEVER)
      .connectTimeout(Duration.ofSeconds(30))
      .proxy(proxies)
      .build();
  }

  /**
   * From {@code HF_ENDPOINT}, {@code HF_TOKEN} or the file {@code HF_TOKEN_PATH} names (else {@code
   * HF_HOME/token}, else {@code ~/.cache/huggingface/token}), and the proxies.
   */
  static Endpoint of(Map<String, String> environment) {
    String address = Optional.ofNullable(environment.get("HF_ENDPOINT"))
      .map(String::strip)
      .filter(text -> !text.isEmpty())
      .orElse(DEFAULT)
      .replaceFirst("/+$", "");
    URI base = parse(address);
    Optional<String> token = token(environment);
    if (token.isPresent() && !base.getScheme().equals("https") && !isHere(base)) {
      throw new ShelfException(
        ShelfException.USAGE,
        "A token is not sent over plain HTTP: HF_ENDPOINT must begin with https."
      );
    }
    return new Endpoint(base, token, new Proxies(environment));
  }

  private static URI parse(String address) {
    try {
      URI uri = URI.create(address);
      boolean web = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
      if (web && uri.getHost() != null && uri.getUserInfo() == null) {
        return uri;
      }
    } catch (IllegalArgumentException _) {
      // said below
    }
    throw new ShelfException(ShelfException.USAGE, "HF_ENDPOINT must be an address of the web.");
  }

  private static boolean isHere(URI uri) {
    return uri.getHost().equals("localhost") || uri.getHost().equals("127.0.0.1");
  }

  private static Optional<String> token(Map<String, String> environment) {
    String said = environment.getOrDefault("HF_TOKEN", "").strip();
    if (!said.isEmpty()) {
      return Optional.of(said);
    }
    String home = environment.getOrDefault("HF_HOME", "").strip();
    String file = environment.getOrDefault("HF_TOKEN_PATH", "").strip();
    Path path = !file.isEmpty()
      ? Path.of(file)
      : !home.isEmpty()
        ? Path.of(home, "token")
        : Path.of(environment.getOrDefault("HOME", "."), ".cache/huggingface/token");
    try {
      return Files.isReadable(path)
        ? Optional.of(Files.readString(path).strip()).filter(text -> !text.isEmpty())
        : Optional.empty();
    } catch (IOException e) {
      throw new ShelfException(ShelfException.USAGE, path + " can't be read.", e);
    }
  }

  /** For people. */
  String name() {
    return base.getHost();
  }

  /**
   * Asks for what lies at this path, from a byte on.
   *
   * @param path already encoded, beginning with a slash
   * @throws IOException if it can't be reached
   * @throws ShelfException if it refuses
   */
  HttpResponse<InputStream> get(String path, long from) throws IOException {
    URI at = URI.create(base + path);
    for (int hop = 0; hop <= REDIRECTS; hop++) {
      HttpResponse<InputStream> response = send(at, from);
      int status = response.statusCode();
      if (status < 300 || status == 304 || status >= 400) {
        return response;
      }
      response.body().close();
      at = redirected(at, response);
    }
    throw new ShelfException(ShelfException.UNAVAILABLE, name() + " redirects in circles.");
  }

  private HttpResponse<InputStream> send(URI at, long from) throws IOException {
    HttpRequest.Builder request = HttpRequest.newBuilder(at)
      .timeout(Duration.ofMinutes(1))
      .header("User-Agent", "atrium")
      // As it is stored: its size and hash are those of the bytes.
      .header("Accept-Encoding", "identity");
    if (from > 0) {
      request.header("Range", "bytes=" + from + "-");
    }
    if (isOwn(at)) {
      token.ifPresent(text -> request.header("Authorization", "Bearer " + text));
    }
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ShelfException(ShelfException.FAILED, "Interrupted.", e);
    }
  }

  private boolean isOwn(URI at) {
    return (
      at.getScheme().equals(base.getScheme()) &&
      at.getHost().equals(base.getHost()) &&
      at.getPort() == base.getPort()
    );
  }

  private URI redirected(URI at, HttpResponse<?> response) {
    try {
      URI to = at.resolve(response.headers().firstValue("Location").orElse(""));
      boolean downgraded = at.getScheme().equals("https") && !"https".equals(to.getScheme());
      if (to.getHost() != null && !downgraded && to.getScheme().startsWith("http")) {
        return to;
      }
    } catch (IllegalArgumentException _) {
      // said below
    }
    throw new ShelfException(ShelfException.UNAVAILABLE, name() + " redirects to nowhere.");
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
