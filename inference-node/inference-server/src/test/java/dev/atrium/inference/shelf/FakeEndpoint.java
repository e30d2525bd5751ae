package dev.atrium.inference.shelf;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/**
 * A server with the addresses of a Hugging Face endpoint. Large files are redirected to another host
 * name of this machine, which takes ranges; it breaks connections and spoils bytes when told to.
 */
final class FakeEndpoint implements AutoCloseable {

  static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  final List<String> asked = new CopyOnWriteArrayList<>();
  final Map<String, byte[]> files = new LinkedHashMap<>();
  /** Names that are told of with these bytes' hashes, whatever is sent. */
  final Map<String, byte[]> promised = new HashMap<>();
  volatile String commit = COMMIT;
  volatile String secret = "";
  /** So many large answers end after half of what was asked for. */
  volatile int breaks;
  volatile boolean ignoresRanges;
  private final HttpServer server;

  FakeEndpoint() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/api/models/", this::list);
    server.createContext("/acme/", this::resolve);
    server.createContext("/lfs/", this::large);
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  String address() {
    return "http://127.0.0.1:" + port();
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private boolean letsIn(HttpExchange exchange) throws IOException {
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    String range = exchange.getRequestHeaders().getFirst("Range");
    asked.add(
      exchange.getRequestURI() +
      (range == null ? "" : " " + range) +
      (authorization == null ? "" : " with token")
    );
    if (!secret.isEmpty() && !("Bearer " + secret).equals(authorization)) {
      answer(exchange, 401, new byte[0]);
      return false;
    }
    return true;
  }

  private void list(HttpExchange exchange) throws IOException {
    if (!letsIn(exchange)) {
      return;
    }
    if (!exchange.getRequestURI().getPath().startsWith("/api/models/acme/tiny/revision/")) {
      answer(exchange, 404, new byte[0]);
      return;
    }
    JsonArray siblings = new JsonArray();
    files.forEach((name, content) -> {
      byte[] told = promised.getOrDefault(name, content);
      JsonObject sibling = new JsonObject().put("rfilename", name).put("size", told.length);
      if (isLarge(name)) {
        sibling.put("blobId", "0".repeat(40));
        sibling.put(
          "lfs",
          new JsonObject()
            .put("sha256", hash("SHA-256", told))
            .put("size", told.length)
            .put("pointerSize", 130)
        );
      } else {
        sibling.put("blobId", hash("SHA-1", blob(told)));
      }
      siblings.add(sibling);
    });
    JsonObject body = new JsonObject()
      .put("id", "acme/tiny")
      .put("sha", commit)
      .put("siblings", siblings);
    answer(exchange, 200, body.encode().getBytes(StandardCharsets.UTF_8));
  }

  private void resolve(HttpExchange exchange) throws IOException {
    if (!letsIn(exchange)) {
      return;
    }
    String prefix = "/acme/tiny/resolve/" + commit + "/";
    String path = exchange.getRequestURI().getPath();
    String name = path.startsWith(prefix) ? path.substring(prefix.length()) : "";
    if (!files.containsKey(name)) {
      answer(exchange, 404, new byte[0]);
    } else if (isLarge(name)) {
      exchange
        .getResponseHeaders()
        .add("Location", "http://localhost:" + port() + "/lfs/" + name + "?signature=x");
      answer(exchange, 302, new byte[0]);
    } else {
      answer(exchange, 200, files.get(name));
    }
  }

  private void large(HttpExchange exchange) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    String name = exchange.getRequestURI().getPath().substring("/lfs/".length());
    asked.add(
      "/lfs/" + name + (range == null ? "" : " " + range) + (authorization == null ? "" : " TOKEN")
    );
    byte[] whole = files.get(name);
    int from = range == null || ignoresRanges
      ? 0
      : Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
    byte[] rest = Arrays.copyOfRange(whole, from, whole.length);
    if (from > 0) {
      exchange
        .getResponseHeaders()
        .add("Content-Range", "bytes %d-%d/%d".formatted(from, whole.length - 1, whole.length));
    }
    if (breaks > 0) {
      breaks--;
      exchange.sendResponseHeaders(from > 0 ? 206 : 200, rest.length);
      exchange.getResponseBody().write(rest, 0, rest.length / 2);
      exchange.getResponseBody().flush();
      exchange.close();
      return;
    }
    answer(exchange, from > 0 ? 206 : 200, rest);
  }

  private static boolean isLarge(String name) {
    return name.endsWith(".safetensors") || name.equals("tokenizer.json");
  }

  private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
    exchange.close();
  }

  static byte[] blob(byte[] content) {
    byte[] head = ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII);
    byte[] all = Arrays.copyOf(head, head.length + content.length);
    System.arraycopy(content, 0, all, head.length, content.length);
    return all;
  }

  static String hash(String algorithm, byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  List<String> askedFor(String part) {
    List<String> found = new ArrayList<>(asked);
    found.removeIf(request -> !request.contains(part));
    return found;
  }
}
