package dev.atrium.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.HubFrame;
import dev.atrium.api.PromptFile;
import dev.atrium.hub.gateway.rest.HttpApi;
import dev.atrium.hub.testing.ScriptedNode;
import dev.atrium.hub.testing.TestClient;
import dev.atrium.hub.testing.TestHub;
import dev.atrium.hub.testing.Waits;
import dev.atrium.policy.ApiKey;
import dev.atrium.policy.Scope;
import dev.atrium.schema.testing.TestDatabase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.client.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every route and every frame, asked by nobody, by another user, by a disabled user and by a key of the
 * wrong scope. The rows are compared with the routes of the router and with the frames of the protocol: a
 * new one that has no row here fails.
 */
class MatrixTest {

  /** Served to everybody, and says nothing about anybody. */
  private static final String OPEN = "200";
  private static final String NOT_IN = "401 unauthenticated";
  private static final String OVER = "401 session_expired";
  private static final String PERSONS_ONLY = "403 key_not_accepted";
  private static final String NO_SCOPE = "403 key_scope_missing";
  private static final String NOT_THEIRS = "404 not_found";

  /**
   * What becomes of a request; {@code 200} means that it is served and holds nothing of the victim.
   *
   * @param scope what a key needs; absent where no key will do or none is looked at
   */
  private record Row(
    String body,
    Optional<Scope> scope,
    String nobody,
    String another,
    String disabled,
    String wrongScope
  ) {
    static Row open() {
      return new Row(null, Optional.empty(), OPEN, OPEN, OPEN, OPEN);
    }

    static Row persons(String body, String another) {
      return new Row(body, Optional.empty(), NOT_IN, another, OVER, PERSONS_ONLY);
    }

    static Row scoped(Scope scope, String body, String another) {
      return new Row(body, Optional.of(scope), NOT_IN, another, OVER, NO_SCOPE);
    }

    Row nobody(String other) {
      return new Row(body, scope, other, another, disabled, wrongScope);
    }

    Row disabled(String other) {
      return new Row(body, scope, nobody, another, other, wrongScope);
    }
  }

  /** By method and path as they are registered. The last one signs out. */
  private static final Map<String, Row> ROUTES = new LinkedHashMap<>();

  static {
    ROUTES.put("GET /health/live", Row.open());
    // Nothing is heard about people, but a model is needed for 200.
    ROUTES.put("GET /health/ready", Row.open());
    ROUTES.put("GET /*", Row.open());
    ROUTES.put("HEAD /*", Row.open());
    ROUTES.put("GET /api/sign-in", Row.persons(null, OPEN).nobody(OPEN).disabled(OPEN));
    // Without a provider there is nothing; with one: OidcTest.
    for (String path : List.of("/api/session/oidc", "/api/session/oidc/callback")) {
      ROUTES.put(
        "GET " + path,
        Row.persons(null, NOT_THEIRS).nobody(NOT_THEIRS).disabled(NOT_THEIRS)
      );
    }
    ROUTES.put(
      "POST /api/session",
      Row.persons("{'name':'victim','password':'of somebody else'}", "401 wrong_credentials")
        .nobody("401 wrong_credentials")
        .disabled("401 wrong_credentials")
    );
    ROUTES.put("GET /api/session", Row.persons(null, OPEN));
    ROUTES.put("PATCH /api/session", Row.persons("{'locale':'en'}", OPEN));
    ROUTES.put("POST /api/session/refresh", Row.persons("{}", OPEN));
    ROUTES.put(
      "POST /api/session/password",
      Row.persons("{'current':'not mine','next':'something quite new'}", "401 wrong_credentials")
    );
    ROUTES.put("GET /api/sessions", Row.persons(null, OPEN));
    ROUTES.put("DELETE /api/sessions/:id", Row.persons("{}", NOT_THEIRS));
    ROUTES.put("DELETE /api/sessions", Row.persons("{}", OPEN));
    ROUTES.put("GET /api/models", Row.scoped(Scope.MODELS_READ, null, OPEN));
    ROUTES.put("GET /api/conversations", Row.scoped(Scope.CONVERSATIONS_READ, null, OPEN));
    ROUTES.put(
      "GET /api/conversations/:id",
      Row.scoped(Scope.CONVERSATIONS_READ, null, NOT_THEIRS)
    );
    ROUTES.put(
      "GET /api/conversations/:id/files/:file",
      Row.scoped(Scope.CONVERSATIONS_READ, null, NOT_THEIRS)
    );
    ROUTES.put(
      "PATCH /api/conversations/:id",
      Row.scoped(Scope.CONVERSATIONS_WRITE, "{'title':'Mine now'}", NOT_THEIRS)
    );
    ROUTES.put(
      "DELETE /api/conversations/:id",
      Row.scoped(Scope.CONVERSATIONS_WRITE, "{}", NOT_THEIRS)
    );
    // Without a text to look for.
    ROUTES.put("GET /api/search", Row.scoped(Scope.CONVERSATIONS_READ, null, "400 bad_field"));
    ROUTES.put("GET /api/notices", Row.persons(null, OPEN));
    ROUTES.put("POST /api/notices/:id/seen", Row.persons("{}", OPEN));
    for (String path : List.of(
      "",
      "/:id/conversations",
      "/:id/conversations/:conversation",
      "/:id/conversations/:conversation/files/:file"
    )) {
      ROUTES.put("GET /api/break-glass" + path, Row.persons(null, NOT_THEIRS));
    }
    ROUTES.put(
      "POST /api/break-glass",
      Row.persons("{'user':'victim','reason':'mere curiosity','minutes':5}", NOT_THEIRS)
    );
    ROUTES.put("POST /api/break-glass/:id/approve", Row.persons("{}", NOT_THEIRS));
    ROUTES.put("GET /api/shares", Row.persons(null, OPEN));
    ROUTES.put(
      "POST /api/shares",
      Row.persons("{'conversationId':':id','messageId':':id'}", NOT_THEIRS)
    );
    ROUTES.put("DELETE /api/shares/:id", Row.persons("{}", NOT_THEIRS));
    // Without the address; with it: SharesTest.
    ROUTES.put("GET /api/shares/:address", Row.persons(null, NOT_THEIRS));
    ROUTES.put("DELETE /api/session", Row.persons("{}", OPEN).nobody(OPEN).disabled(OPEN));
  }

  /** Handlers before and behind the routes; they serve nothing by themselves. */
  private static final Set<String> FILTERS = Set.of("/api/*", "/health/*");

  /**
   * What is answered to a frame about something of the victim's.
   *
   * @param another the code of the error, or {@code pong}
   */
  private record FrameRow(ClientFrame frame, String another, String wrongScope) {}

  private static TestDatabase database;
  private static TestHub cluster;
  private static TestHub.Hub hub;
  private static Vertx browser;
  private static TestClient victim;
  private static TestClient another;
  private static TestClient disabled;
  /** With the cookies that a sign-out would make a browser forget. */
  private static TestClient disabledWithCookies;
  private static final List<TestClient.Socket> disabledSockets = new ArrayList<>();
  private static UUID conversation;
  private static UUID generation;
  private static UUID answer;
  private static UUID file;
  private static String victimSession;
  private static String victimShare;

  @BeforeAll
  static void start() throws Exception {
    database = TestDatabase.migrated();
    cluster = new TestHub(database.url());
    hub = cluster.hub("hub-a");
    ScriptedNode node = cluster.node("node-1");
    node.says = "A secret of the victim.";
    browser = Vertx.vertx();
    TestClient admin = new TestClient(browser, hub.port()).signIn();
    admin.awaitModel();
    victim = person("victim");
    another = person("another");
    disabled = person("disabled");
    TestClient.Socket socket = victim.socket();
    socket.send(
      new ClientFrame.Send(
        UUID.randomUUID(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        "The victim's own question",
        List.of(new PromptFile.New("victim.txt", "A secret of the victim.")),
        List.of()
      )
    );
    HubFrame.Saved saved = socket.await(HubFrame.Saved.class);
    file = saved.files().getFirst().id();
    socket.await(HubFrame.Finished.class);
    conversation = saved.conversationId();
    generation = saved.generationId();
    answer = saved.answerId();
    victimSession = victim
      .get("/api/sessions")
      .getJsonArray("items")
      .getJsonObject(0)
      .getString("id");
    victimShare = victim
      .call(
        HttpMethod.POST,
        "/api/shares",
        new JsonObject()
          .put("conversationId", conversation.toString())
          .put("messageId", answer.toString())
      )
      .bodyAsJsonObject()
      .getString("id");
    for (int i = 0; i < frames().size(); i++) {
      TestClient.Socket open = disabled.socket();
      open.await(HubFrame.Welcome.class);
      disabledSockets.add(open);
    }
    disabledWithCookies = disabled.at(hub.port());
    database.execute("UPDATE app_user SET status = 'disabled' WHERE name = 'disabled'");
  }

  @AfterAll
  static void stop() throws Exception {
    cluster.close();
    Waits.get(browser.close());
    database.close();
  }

  private static TestClient person(String name) throws Exception {
    database.execute(
      """
      WITH u AS (INSERT INTO app_user (name, display_name, department_id)
        SELECT '%1$s', 'Display of %1$s', id FROM department WHERE parent_id IS NULL RETURNING id)
      INSERT INTO credential (user_id, kind, password_hash)
        SELECT u.id, 'password', c.password_hash
        FROM u, credential c JOIN app_user a ON a.id = c.user_id WHERE a.name = 'admin'""".formatted(
          name
        )
    );
    TestClient client = new TestClient(browser, hub.port());
    assertThat(client.post("/api/session", name, TestHub.PASSWORD).statusCode()).isEqualTo(200);
    return client;
  }

  private static String key(String scopes) {
    ApiKey key = ApiKey.create();
    database.execute(
      "INSERT INTO api_key (owner_id, name, prefix, secret_hash, scopes, expires_at) SELECT id, 'test', '%s', '\\x%s', '{%s}', now() + interval '1 hour' FROM app_user WHERE name = 'another'".formatted(
        key.prefix(),
        HexFormat.of().formatHex(key.hash()),
        scopes
      )
    );
    return key.reveal();
  }

  /** A key for everything but this. */
  private static String keyWithout(Optional<Scope> scope) {
    return key(
      Arrays.stream(Scope.values())
        .filter(s -> scope.isEmpty() || s != scope.get())
        .map(Scope::code)
        .collect(Collectors.joining(","))
    );
  }

  private static Map<String, FrameRow> frames() {
    Map<String, FrameRow> rows = new HashMap<>();
    rows.put("Ping", new FrameRow(new ClientFrame.Ping(7), "pong", "pong"));
    rows.put(
      "Send",
      new FrameRow(
        new ClientFrame.Send(
          UUID.randomUUID(),
          Optional.ofNullable(conversation),
          Optional.ofNullable(answer),
          Optional.empty(),
          "And then?",
          List.of(new PromptFile.Kept(file == null ? UUID.randomUUID() : file)),
          List.of()
        ),
        "not_found",
        "key_scope_missing"
      )
    );
    rows.put(
      "Retry",
      new FrameRow(
        new ClientFrame.Retry(UUID.randomUUID(), answer == null ? UUID.randomUUID() : answer),
        "not_found",
        "key_scope_missing"
      )
    );
    UUID running = generation == null ? UUID.randomUUID() : generation;
    rows.put("Stop", new FrameRow(new ClientFrame.Stop(running), "not_found", "key_scope_missing"));
    rows.put(
      "Resume",
      new FrameRow(new ClientFrame.Resume(running, 1, 0), "not_found", "key_scope_missing")
    );
    return rows;
  }

  @Test
  void everyRouteHasARow() {
    Vertx vertx = Vertx.vertx();
    try {
      Set<String> routes = new TreeSet<>();
      for (Route route : routes(vertx)) {
        if (route.methods() == null || route.methods().isEmpty()) {
          assertThat(FILTERS)
            .as("a route for every method is none for a row")
            .contains(path(route));
        } else {
          route.methods().forEach(method -> routes.add(method + " " + path(route)));
        }
      }
      assertThat(routes).isEqualTo(new TreeSet<>(ROUTES.keySet()));
    } finally {
      vertx.close().await();
    }
  }

  /** Routes are made without anything behind them: nothing is asked before a request comes. */
  private static List<Route> routes(Vertx vertx) {
    return new HttpApi("h", null, null, null, null, null, null, null, null, null, null, null, null)
      .router(vertx)
      .getRoutes();
  }

  private static String path(Route route) {
    String path = route.getPath() == null ? route.getName() : route.getPath();
    return route.isExactPath() || path.contains(":") || path.endsWith("*") ? path : path + "*";
  }

  @Test
  void everyFrameHasARow() {
    assertThat(frames().keySet()).isEqualTo(
      Arrays.stream(ClientFrame.class.getPermittedSubclasses())
        .map(Class::getSimpleName)
        .collect(Collectors.toSet())
    );
  }

  @TestFactory
  Stream<DynamicTest> routes() {
    return ROUTES.entrySet()
      .stream()
      .flatMap(entry -> {
        String route = entry.getKey();
        Row row = entry.getValue();
        List<DynamicTest> tests = new ArrayList<>();
        tests.add(
          DynamicTest.dynamicTest(route + ", nobody", () ->
            expect(row.nobody, ask(new TestClient(browser, hub.port()), route, row, Map.of()))
          )
        );
        tests.add(
          DynamicTest.dynamicTest(route + ", a disabled user", () ->
            expect(row.disabled, ask(disabled, route, row, Map.of()))
          )
        );
        tests.add(
          DynamicTest.dynamicTest(route + ", a wrong scope", () ->
            expect(row.wrongScope, askWithKey(route, row, keyWithout(row.scope)))
          )
        );
        if (row.scope.isPresent()) {
          tests.add(
            DynamicTest.dynamicTest(route + ", the right scope and somebody else's thing", () ->
              expect(row.another, askWithKey(route, row, key(row.scope.get().code())))
            )
          );
        }
        tests.add(
          DynamicTest.dynamicTest(route + ", another user", () -> {
            expect(row.another, ask(another, route, row, Map.of()));
            assertThat(
              victim.get("/api/conversations/" + conversation).getString("title")
            ).isEqualTo("The victim's own question");
            if (route.equals("DELETE /api/session")) {
              another.post("/api/session", "another", TestHub.PASSWORD);
            }
          })
        );
        return tests.stream();
      });
  }

  private static HttpResponse<Buffer> askWithKey(String route, Row row, String key)
    throws Exception {
    return ask(
      new TestClient(browser, hub.port()),
      route,
      row,
      Map.of("Authorization", "Bearer " + key)
    );
  }

  private static HttpResponse<Buffer> ask(
    TestClient client,
    String route,
    Row row,
    Map<String, String> headers
  ) throws Exception {
    String[] parts = route.split(" ");
    String id = parts[1].startsWith("/api/sessions")
      ? victimSession
      : parts[1].startsWith("/api/shares/") ? victimShare : conversation.toString();
    String path = parts[1].replace(":id", id)
      .replace(":conversation", id)
      .replace(":file", file.toString())
      .replace("*", "");
    Map<String, String> all = new HashMap<>(headers);
    if (headers.isEmpty()) {
      all.put("Origin", client.origin());
    }
    JsonObject body = row.body == null
      ? null
      : new JsonObject(row.body.replace('\'', '"').replace(":id", id));
    return client.call(HttpMethod.valueOf(parts[0]), path, body, all);
  }

  private static void expect(String expected, HttpResponse<Buffer> response) {
    String body = response.bodyAsString();
    if (expected.equals(OPEN)) {
      assertThat(response.statusCode()).as(body).isEqualTo(200);
      if (body != null) {
        assertThat(body)
          .doesNotContain("victim", conversation.toString(), victimSession)
          .doesNotContain("secret of");
      }
    } else {
      assertThat(
        response.statusCode() +
        " " +
        response.bodyAsJsonObject().getJsonObject("error").getString("code")
      ).isEqualTo(expected);
      assertThat(body).doesNotContain("secret of", victimSession, "Display of");
    }
  }

  @TestFactory
  Stream<DynamicTest> frameRows() {
    List<DynamicTest> tests = new ArrayList<>();
    int i = 0;
    for (var entry : frames().entrySet()) {
      FrameRow row = entry.getValue();
      TestClient.Socket closing = disabledSockets.get(i++);
      tests.add(
        DynamicTest.dynamicTest(entry.getKey() + ", nobody", () ->
          expectShut(new TestClient(browser, hub.port()).socket(), row, "unauthenticated")
        )
      );
      tests.add(
        DynamicTest.dynamicTest(entry.getKey() + ", a disabled user who comes", () ->
          expectShut(disabledWithCookies.socket(), row, "session_expired")
        )
      );
      tests.add(
        DynamicTest.dynamicTest(entry.getKey() + ", a disabled user who was there", () ->
          expectShut(closing, row, "session_expired")
        )
      );
      tests.add(
        DynamicTest.dynamicTest(entry.getKey() + ", a wrong scope", () ->
          expectAnswer(
            new TestClient(browser, hub.port()).socket(
              Map.of("Authorization", "Bearer " + keyWithout(Optional.of(Scope.CHAT)))
            ),
            row.frame,
            row.wrongScope
          )
        )
      );
      tests.add(
        DynamicTest.dynamicTest(entry.getKey() + ", another user", () ->
          expectAnswer(another.socket(), row.frame, row.another)
        )
      );
    }
    return tests.stream();
  }

  /** The socket says why it ends and ends, and answers nothing. */
  private static void expectShut(TestClient.Socket socket, FrameRow row, String code)
    throws Exception {
    if (!socket.ws.isClosed()) {
      socket.ws.writeTextMessage(row.frame.toJson().encode());
    }
    assertThat(socket.closeCode()).isEqualTo(4401);
    List<HubFrame> answers = socket.heard
      .stream()
      .filter(f -> !(f instanceof HubFrame.Welcome || f instanceof HubFrame.Models))
      .toList();
    assertThat(answers)
      .isNotEmpty()
      .allSatisfy(f -> assertThat(((HubFrame.Error) f).error().code()).isEqualTo(code));
  }

  private static void expectAnswer(TestClient.Socket socket, ClientFrame frame, String expected)
    throws Exception {
    socket.await(HubFrame.Welcome.class);
    socket.send(frame);
    if (expected.equals("pong")) {
      socket.await(HubFrame.Pong.class);
    } else {
      assertThat(socket.await(HubFrame.Error.class).error().code()).isEqualTo(expected);
    }
    assertThat(socket.heard)
      .noneMatch(HubFrame.Delta.class::isInstance)
      .noneMatch(HubFrame.Saved.class::isInstance);
    Waits.get(socket.ws.close());
  }
}
