package dev.atrium.hub.testing;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A real Keycloak as a process of its own, with the realm {@code atrium} of {@code
 * keycloak/atrium.json}: the users ada and bob and the client atrium. The build unpacks it into the target
 * folder; it is built once there (some 20 s) and only started after that.
 */
public final class Keycloak implements AutoCloseable {

  public static final String CLIENT = "atrium";
  public static final String SECRET = "client-secret-of-the-test";

  private static final Path HOME = Path.of("target/keycloak").toAbsolutePath();
  private static final Pattern ACTION = Pattern.compile("action=\"([^\"]+)\"");
  private static final Duration STARTED_WITHIN = Duration.ofMinutes(3);

  private final Process process;
  private final int port;
  private final HttpClient http = HttpClient.newHttpClient();

  private Keycloak(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Starts it; back when it answers. */
  public static Keycloak start() throws Exception {
    Path home;
    try (var folders = Files.list(HOME)) {
      home = folders
        .filter(f -> f.getFileName().toString().startsWith("keycloak-"))
        .findFirst()
        .orElseThrow();
    }
    Path built = home.resolve("data/built-for-tests");
    if (!Files.exists(built)) {
      Process build = kc(home, "build.log", "build", "--db=dev-mem", "--cache=local");
      if (!build.waitFor(5, TimeUnit.MINUTES) || build.exitValue() != 0) {
        build.destroyForcibly();
        throw new IllegalStateException(
          "Keycloak can't be built: " + Files.readString(home.resolve("build.log"))
        );
      }
      Files.createDirectories(built.getParent());
      Files.createFile(built);
    }
    Path realms = Files.createDirectories(home.resolve("data/import"));
    try (InputStream realm = Keycloak.class.getResourceAsStream("/keycloak/atrium.json")) {
      Files.copy(realm, realms.resolve("atrium.json"), StandardCopyOption.REPLACE_EXISTING);
    }
    int port = Ports.free();
    Keycloak keycloak = new Keycloak(
      kc(
        home,
        "start.log",
        "start",
        "--optimized",
        "--import-realm",
        "--http-enabled=true",
        "--http-host=127.0.0.1",
        "--http-port=" + port,
        "--hostname-strict=false"
      ),
      port
    );
    try {
      keycloak.await(home.resolve("start.log"));
      return keycloak;
    } catch (Exception e) {
      keycloak.close();
      throw e;
    }
  }

  private static Process kc(Path home, String log, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("bash", home.resolve("bin/kc.sh").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command)
      .redirectErrorStream(true)
      .redirectOutput(home.resolve(log).toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    // It is started once and used for seconds: the second compiler would never pay.
    builder.environment().put("JAVA_OPTS_KC_HEAP", "-Xms128m -Xmx512m");
    builder.environment().put("JAVA_OPTS_APPEND", "-XX:TieredStopAtLevel=1");
    builder.environment().put("KC_BOOTSTRAP_ADMIN_USERNAME", "root");
    builder.environment().put("KC_BOOTSTRAP_ADMIN_PASSWORD", "root");
    return builder.start();
  }

  private void await(Path log) throws Exception {
    long deadline = System.nanoTime() + STARTED_WITHIN.toNanos();
    while (true) {
      try {
        if (send(HttpRequest.newBuilder(URI.create(issuer())).build()).statusCode() == 200) {
          return;
        }
      } catch (IOException _) {
        // not yet
      }
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new IllegalStateException("Keycloak did not start: " + Files.readString(log));
      }
      Thread.sleep(200);
    }
  }

  /** Its address, as configurations name it. */
  public String issuer() {
    return "http://127.0.0.1:" + port + "/realms/atrium";
  }

  /**
   * What a browser does that was sent here: opens the page, fills in the form, and follows what comes of it
   * until it is sent elsewhere.
   *
   * @return where it was sent in the end
   */
  public String signIn(String url, String name, String password) throws Exception {
    Map<String, String> cookies = new LinkedHashMap<>();
    HttpResponse<String> page = browse(HttpRequest.newBuilder(URI.create(url)), cookies);
    Matcher action = ACTION.matcher(page.body());
    if (!action.find()) {
      throw new AssertionError("no form: " + page.statusCode() + " " + page.body());
    }
    String form = "username=" + encode(name) + "&password=" + encode(password) + "&credentialId=";
    HttpResponse<String> answer = browse(
      HttpRequest.newBuilder(URI.create(action.group(1).replace("&amp;", "&")))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(HttpRequest.BodyPublishers.ofString(form)),
      cookies
    );
    return answer
      .headers()
      .firstValue("Location")
      .orElseThrow(() -> new AssertionError(answer.statusCode() + " " + answer.body()));
  }

  /** Makes a new key that signs from now on. */
  public void rotateKey() throws Exception {
    HttpResponse<String> token = send(
      HttpRequest.newBuilder(
        URI.create("http://127.0.0.1:" + port + "/realms/master/protocol/openid-connect/token")
      )
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(
          HttpRequest.BodyPublishers.ofString(
            "grant_type=password&client_id=admin-cli&username=root&password=root"
          )
        )
        .build()
    );
    String key =
      "{\"name\":\"new\",\"providerId\":\"rsa-generated\",\"providerType\":\"org.keycloak.keys.KeyProvider\"," +
      "\"config\":{\"priority\":[\"900\"],\"enabled\":[\"true\"],\"active\":[\"true\"],\"keySize\":[\"2048\"],\"algorithm\":[\"RS256\"]}}";
    HttpResponse<String> made = send(
      HttpRequest.newBuilder(
        URI.create("http://127.0.0.1:" + port + "/admin/realms/atrium/components")
      )
        .header("Content-Type", "application/json")
        .header("Authorization", "Bearer " + new JsonObject(token.body()).getString("access_token"))
        .POST(HttpRequest.BodyPublishers.ofString(key))
        .build()
    );
    if (made.statusCode() != 201) {
      throw new AssertionError(made.statusCode() + " " + made.body());
    }
  }

  /** The status of a page. */
  public int status(String url) throws Exception {
    return send(HttpRequest.newBuilder(URI.create(url)).build()).statusCode();
  }

  private HttpResponse<String> browse(HttpRequest.Builder request, Map<String, String> cookies)
    throws Exception {
    if (!cookies.isEmpty()) {
      List<String> pairs = new ArrayList<>();
      cookies.forEach((name, value) -> pairs.add(name + "=" + value));
      request.header("Cookie", String.join("; ", pairs));
    }
    HttpResponse<String> response = send(request.build());
    for (String cookie : response.headers().allValues("Set-Cookie")) {
      String[] pair = cookie.split(";", 2)[0].split("=", 2);
      cookies.put(pair[0], pair[1]);
    }
    return response;
  }

  private HttpResponse<String> send(HttpRequest request) throws Exception {
    return http.send(request, HttpResponse.BodyHandlers.ofString());
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws Exception {
    http.close();
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    all.add(process.toHandle());
    all.forEach(ProcessHandle::destroy);
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      all.forEach(ProcessHandle::destroyForcibly);
    }
  }
}
