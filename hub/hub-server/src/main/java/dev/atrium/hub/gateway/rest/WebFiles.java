package dev.atrium.hub.gateway.rest;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.GZIPOutputStream;

/**
 * The files of the web client, from {@code web/} on the class path, held in memory once read. A path
 * without a dot is a page of the client's own router and gets {@code index.html}.
 *
 * <p>What is text is packed once, when it is read, for browsers that take gzip. Nothing else of the
 * hub is ever packed: where a secret and words of a stranger share an answer, its length would tell
 * the secret (BREACH).
 */
final class WebFiles {

  private static final int NOT_FOUND = 404;
  private static final int NOT_MODIFIED = 304;
  private static final int MOST_FILES = 2_000;
  /** Below this packing saves no packet. */
  private static final int FEWEST_BYTES_TO_PACK = 1_024;
  private static final Set<String> TEXT = Set.of(
    "html",
    "js",
    "css",
    "json",
    "webmanifest",
    "svg",
    "txt"
  );
  private static final String CSP =
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; " +
    "form-action 'self'; frame-ancestors 'none'";
  private static final Map<String, String> TYPES = Map.ofEntries(
    Map.entry("html", "text/html; charset=utf-8"),
    Map.entry("js", "text/javascript; charset=utf-8"),
    Map.entry("css", "text/css; charset=utf-8"),
    Map.entry("json", "application/json; charset=utf-8"),
    Map.entry("webmanifest", "application/manifest+json"),
    Map.entry("svg", "image/svg+xml"),
    Map.entry("png", "image/png"),
    Map.entry("ico", "image/x-icon"),
    Map.entry("woff2", "font/woff2"),
    Map.entry("txt", "text/plain; charset=utf-8")
  );

  private final Map<String, WebFile> files = new ConcurrentHashMap<>();

  private record WebFile(Form plain, Optional<Form> packed, String type) {
    /** Each form has its own ETag (RFC 9110, 8.8.3.3). */
    private record Form(Buffer bytes, String etag) {}
  }

  void add(Router router) {
    router.get("/*").handler(this::serve);
    router.head("/*").handler(this::serve);
  }

  private void serve(RoutingContext ctx) {
    String path = ctx.normalizedPath().substring(1);
    boolean page = !path.contains(".");
    Optional<WebFile> file = find(page ? "index.html" : path);
    ctx
      .response()
      .putHeader("X-Content-Type-Options", "nosniff")
      .putHeader("Referrer-Policy", "no-referrer")
      .putHeader("Content-Security-Policy", CSP)
      .putHeader("X-Frame-Options", "DENY")
      .putHeader("Cross-Origin-Opener-Policy", "same-origin");
    if (ctx.request().isSSL()) {
      // RFC 6797: whoever came over TLS once does not come without it again.
      ctx.response().putHeader("Strict-Transport-Security", "max-age=31536000");
    }
    if (file.isEmpty()) {
      ctx.response().setStatusCode(NOT_FOUND).putHeader("Cache-Control", "no-store").end();
      return;
    }
    write(ctx, file.get(), path.startsWith("assets/"));
  }

  private static void write(RoutingContext ctx, WebFile file, boolean immutable) {
    HttpServerResponse response = ctx.response();
    WebFile.Form form = file.plain;
    if (file.packed.isPresent()) {
      response.putHeader("Vary", "Accept-Encoding");
      if (AcceptEncoding.allowsGzip(ctx.request().getHeader("Accept-Encoding"))) {
        form = file.packed.get();
        response.putHeader("Content-Encoding", "gzip");
      }
    }
    response
      .putHeader("ETag", form.etag)
      .putHeader(
        "Cache-Control",
        // The build puts a hash of the content into the names under assets/.
        immutable ? "public, max-age=31536000, immutable" : "no-cache"
      );
    if (form.etag.equals(ctx.request().getHeader("If-None-Match"))) {
      response.headers().remove("Content-Encoding");
      response.setStatusCode(NOT_MODIFIED).end();
      return;
    }
    response.putHeader("Content-Type", file.type);
    if (ctx.request().method() == HttpMethod.HEAD) {
      response.putHeader("Content-Length", Integer.toString(form.bytes.length())).end();
    } else {
      response.end(form.bytes);
    }
  }

  private Optional<WebFile> find(String path) {
    WebFile known = files.get(path);
    if (known != null) {
      return Optional.of(known);
    }
    if (!path.matches("[A-Za-z0-9_./-]{1,200}") || path.contains("..") || path.contains("//")) {
      return Optional.empty();
    }
    Optional<WebFile> read = read(path);
    if (files.size() < MOST_FILES) {
      read.ifPresent(f -> files.put(path, f));
    }
    return read;
  }

  private static Optional<WebFile> read(String path) {
    String extension = path.substring(path.lastIndexOf('.') + 1);
    try (InputStream in = WebFiles.class.getClassLoader().getResourceAsStream("web/" + path)) {
      if (in == null) {
        return Optional.empty();
      }
      byte[] bytes = in.readAllBytes();
      String hash = hash(bytes);
      return Optional.of(
        new WebFile(
          new WebFile.Form(Buffer.buffer(bytes), '"' + hash + '"'),
          TEXT.contains(extension) ? packed(bytes, '"' + hash + "-gzip\"") : Optional.empty(),
          TYPES.getOrDefault(extension, "application/octet-stream")
        )
      );
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<WebFile.Form> packed(byte[] bytes, String etag) throws IOException {
    if (bytes.length < FEWEST_BYTES_TO_PACK) {
      return Optional.empty();
    }
    var packed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(packed)) {
      gzip.write(bytes);
    }
    return packed.size() < bytes.length
      ? Optional.of(new WebFile.Form(Buffer.buffer(packed.toByteArray()), etag))
      : Optional.empty();
  }

  private static String hash(byte[] bytes) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      return HexFormat.of().formatHex(hash, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
