package dev.atrium.hub.gateway.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.hub.testing.Waits;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files as they lie among the test resources under web/. */
class WebFilesTest {

  private static final String WORDS = "/assets/test-words.js";

  private static Vertx vertx;
  private static HttpServer server;
  private static HttpClient client;

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx();
    Router router = Router.router(vertx);
    new WebFiles().add(router);
    server = Waits.get(vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"));
    client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  @AfterAll
  static void stop() throws Exception {
    client.close();
    Waits.get(vertx.close());
  }

  private static HttpResponse<byte[]> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(
      URI.create("http://127.0.0.1:" + server.actualPort() + path)
    );
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  private static byte[] original(String path) throws Exception {
    try (InputStream in = WebFilesTest.class.getResourceAsStream("/web" + path)) {
      return in.readAllBytes();
    }
  }

  @Test
  void textIsPackedForWhoeverTakesIt() throws Exception {
    HttpResponse<byte[]> packed = get(WORDS, "Accept-Encoding", "gzip, deflate, br, zstd");
    assertThat(header(packed, "content-encoding")).isEqualTo("gzip");
    assertThat(header(packed, "vary")).isEqualTo("Accept-Encoding");
    assertThat(header(packed, "content-type")).startsWith("text/javascript");
    assertThat(packed.body().length).isLessThan(original(WORDS).length / 2);
    try (var unpacked = new GZIPInputStream(new ByteArrayInputStream(packed.body()))) {
      assertThat(unpacked.readAllBytes()).isEqualTo(original(WORDS));
    }
  }

  @Test
  void othersGetItAsItIs() throws Exception {
    HttpResponse<byte[]> plain = get(WORDS);
    assertThat(header(plain, "content-encoding")).isEmpty();
    assertThat(header(plain, "vary")).as("a cache must know").isEqualTo("Accept-Encoding");
    assertThat(plain.body()).isEqualTo(original(WORDS));
  }

  @Test
  void bothFormsHaveAnETagOfTheirOwn() throws Exception {
    String plain = header(get(WORDS), "etag");
    String packed = header(get(WORDS, "Accept-Encoding", "gzip"), "etag");
    assertThat(plain).isNotEmpty().isNotEqualTo(packed);
    HttpResponse<byte[]> known = get(WORDS, "Accept-Encoding", "gzip", "If-None-Match", packed);
    assertThat(known.statusCode()).isEqualTo(304);
    assertThat(known.body()).isEmpty();
    assertThat(header(known, "vary")).isEqualTo("Accept-Encoding");
    assertThat(get(WORDS, "If-None-Match", plain).statusCode()).isEqualTo(304);
    assertThat(get(WORDS, "If-None-Match", packed).statusCode()).isEqualTo(200);
  }

  @Test
  void theHeadIsThatOfTheSameForm() throws Exception {
    HttpRequest head = HttpRequest.newBuilder(
      URI.create("http://127.0.0.1:" + server.actualPort() + WORDS)
    )
      .header("Accept-Encoding", "gzip")
      .HEAD()
      .build();
    HttpResponse<byte[]> response = client.send(head, HttpResponse.BodyHandlers.ofByteArray());
    HttpResponse<byte[]> whole = get(WORDS, "Accept-Encoding", "gzip");
    for (String name : new String[] { "content-length", "content-encoding", "etag", "vary" }) {
      assertThat(header(response, name)).as(name).isEqualTo(header(whole, name)).isNotEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = { "/assets/test-small.js", "/assets/test-picture.png" })
  void whatWouldNotShrinkMuchIsLeftAsItIs(String path) throws Exception {
    HttpResponse<byte[]> response = get(path, "Accept-Encoding", "gzip");
    assertThat(header(response, "content-encoding")).isEmpty();
    assertThat(header(response, "vary")).isEmpty();
    assertThat(response.body()).isEqualTo(original(path));
  }

  @ParameterizedTest
  @ValueSource(strings = { "gzip", "GZIP", "br, gzip;q=0.1", "x-gzip", "*", "identity, *;q=0.5" })
  void gzipMayBeSentTo(String header) {
    assertThat(AcceptEncoding.allowsGzip(header)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
    strings = { "", "br", "gzip;q=0", "gzip; q=0.000", "*;q=0", "gzip;q=0, *", "gzipped" }
  )
  void gzipMustNotBeSentTo(String header) {
    assertThat(AcceptEncoding.allowsGzip(header)).isFalse();
    assertThat(AcceptEncoding.allowsGzip(null)).isFalse();
  }
}
