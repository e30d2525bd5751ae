package dev.atrium.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.testing.ScriptedNode;
import dev.atrium.hub.testing.TestClient;
import dev.atrium.hub.testing.TestHub;
import dev.atrium.hub.testing.Waits;
import dev.atrium.schema.testing.TestDatabase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Two hubs on one PostgreSQL: rules, limits and disabled users hold on both. */
class PermissionsTest {

  private static final Logger log = LoggerFactory.getLogger(PermissionsTest.class);
  private static final Duration PROPAGATION = Duration.ofSeconds(1);
  private static TestDatabase database;
  private static TestHub cluster;
  private static TestHub.Hub a;
  private static TestHub.Hub b;
  private static ScriptedNode node;
  private static Vertx browser;
  private static TestClient admin;
  private static int people;
  private String name;
  private TestClient client;

  @BeforeAll
  static void start() throws Exception {
    database = TestDatabase.migrated();
    cluster = new TestHub(database.url());
    a = cluster.hub("hub-a");
    b = cluster.hub("hub-b");
    node = cluster.node("node-1");
    browser = Vertx.vertx();
    admin = new TestClient(browser, a.port()).signIn();
    for (TestHub.Hub hub : List.of(a, b)) {
      admin.at(hub.port()).awaitModel();
    }
  }

  @AfterAll
  static void stop() throws Exception {
    Waits.get(browser.close());
    cluster.close();
    database.close();
  }

  /** Somebody new for each test, in a department of their own, with the administrator's password. */
  @BeforeEach
  void person() throws Exception {
    name = "person" + ++people;
    node.says = "Hello.";
    node.tokenMillis = 1;
    database.execute(
      """
      WITH d AS (INSERT INTO department (name, parent_id)
        SELECT 'Of %1$s', id FROM department WHERE parent_id IS NULL RETURNING id),
      u AS (INSERT INTO app_user (name, display_name, department_id) SELECT '%1$s', 'P', id FROM d RETURNING id)
      INSERT INTO credential (user_id, kind, password_hash)
        SELECT u.id, 'password', c.password_hash
        FROM u, credential c JOIN app_user a ON a.id = c.user_id WHERE a.name = 'admin'""".formatted(
          name
        )
    );
    client = new TestClient(browser, a.port());
    assertThat(client.post("/api/session", name, TestHub.PASSWORD).statusCode()).isEqualTo(200);
  }

  @AfterEach
  void noRules() {
    database.execute("DELETE FROM permission_rule WHERE subject_kind <> 'everybody'");
    database.execute("DELETE FROM rate_limit WHERE applies_to <> 'each_user'");
  }

  private String userId() {
    return database.value("SELECT id FROM app_user WHERE name = '" + name + "'");
  }

  /** Denies the model to the department of the person; the number of the rule. */
  private String deny() {
    return database.value(
      """
      INSERT INTO permission_rule (effect, subject_kind, department_id, action, resource_kind, model)
      SELECT 'deny', 'department', department_id, 'use', 'model', '%s' FROM app_user WHERE name = '%s'
      RETURNING id""".formatted(ScriptedNode.MODEL, name)
    );
  }

  private List<TestClient.Socket> sockets() throws Exception {
    List<TestClient.Socket> sockets = new ArrayList<>();
    for (TestHub.Hub hub : List.of(a, b)) {
      TestClient.Socket socket = client.at(hub.port()).socket();
      assertThat(socket.await(HubFrame.Welcome.class).models()).hasSize(1);
      sockets.add(socket);
    }
    return sockets;
  }

  private static ClientFrame.Send prompt(Optional<String> model) {
    return new ClientFrame.Send(
      UUID.randomUUID(),
      Optional.empty(),
      Optional.empty(),
      model,
      "May I?"
    );
  }

  /** The time from the change until both sockets have heard this many models. */
  private static void expectModels(List<TestClient.Socket> sockets, int count, long since)
    throws Exception {
    for (TestClient.Socket socket : sockets) {
      assertThat(socket.await(HubFrame.Models.class).models()).hasSize(count);
    }
    Duration took = Duration.ofNanos(System.nanoTime() - since);
    log.info("a change of rules was heard on both hubs after {} ms", took.toMillis());
    assertThat(took).isLessThan(PROPAGATION);
  }

  @Test
  void aDeniedModelVanishesFromEveryHubAndIsRefusedByTheRuleThatDecided() throws Exception {
    List<TestClient.Socket> sockets = sockets();
    TestClient.Socket others = admin.socket();
    long since = System.nanoTime();
    String rule = deny();
    expectModels(sockets, 0, since);
    for (TestHub.Hub hub : List.of(a, b)) {
      assertThat(client.at(hub.port()).get("/api/models").getJsonArray("models")).isEmpty();
    }
    for (Optional<String> model : List.of(
      Optional.of(ScriptedNode.MODEL),
      Optional.<String>empty()
    )) {
      for (TestClient.Socket socket : sockets) {
        socket.send(prompt(model));
        HubFrame.Error error = socket.await(HubFrame.Error.class);
        assertThat(error.error().code()).isEqualTo("model_forbidden");
        assertThat(error.error().args()).containsEntry("rule", rule);
        assertThat(error.error().message()).contains(rule).contains(ScriptedNode.MODEL);
      }
    }
    assertThat(
      database.value(
        "SELECT count(*) FROM audit_record WHERE action = 'model.use' AND result = 'refused' AND details ->> 'rule' = '" +
        rule +
        "'"
      )
    ).isNotEqualTo("0");
    assertThat(others.await(HubFrame.Welcome.class).models()).hasSize(1);
    assertThat(others.all(HubFrame.Models.class)).isEmpty();

    since = System.nanoTime();
    database.execute("DELETE FROM permission_rule WHERE id = " + rule);
    expectModels(sockets, 1, since);
    sockets.getLast().ask("And now?");
  }

  @Test
  void aRuleIsObeyedByTheVeryNextPromptOnAnyHub() throws Exception {
    List<TestClient.Socket> sockets = sockets();
    for (int i = 0; i < 10; i++) {
      TestClient.Socket socket = sockets.get(i % 2);
      String rule = deny();
      socket.send(prompt(Optional.empty()));
      assertThat(socket.await(HubFrame.Error.class).error().code()).isEqualTo("model_forbidden");
      database.execute("DELETE FROM permission_rule WHERE id = " + rule);
      socket.ask("And now?");
    }
  }

  @Test
  void aMemberOfAGroupLosesWhatTheGroupMayNot() throws Exception {
    List<TestClient.Socket> sockets = sockets();
    database.execute(
      """
      INSERT INTO user_group (name) VALUES ('Trainees');
      INSERT INTO permission_rule (effect, subject_kind, group_id, action, resource_kind)
        SELECT 'deny', 'group', id, 'use', 'model' FROM user_group WHERE name = 'Trainees'"""
    );
    long since = System.nanoTime();
    database.execute(
      "INSERT INTO group_member SELECT g.id, u.id FROM user_group g, app_user u WHERE g.name = 'Trainees' AND u.name = '" +
      name +
      "'"
    );
    expectModels(sockets, 0, since);
  }

  @Test
  void aDisabledUserIsOutOnEveryHubWithinFiveSeconds() throws Exception {
    List<TestClient.Socket> sockets = sockets();
    // Freshly believed on both hubs: the worst case.
    client.get("/api/models");
    client.at(b.port()).get("/api/models");
    long since = System.nanoTime();
    database.execute("UPDATE app_user SET status = 'disabled' WHERE name = '" + name + "'");
    for (TestClient.Socket socket : sockets) {
      assertThat(socket.closeCode()).isEqualTo(4401);
    }
    Duration took = Duration.ofNanos(System.nanoTime() - since);
    log.info("sockets of a disabled user were closed on both hubs after {} ms", took.toMillis());
    assertThat(took).isLessThan(Duration.ofSeconds(5));
    for (TestHub.Hub hub : List.of(a, b)) {
      TestClient there = client.at(hub.port());
      assertThat(there.call(HttpMethod.GET, "/api/models", null).statusCode()).isEqualTo(401);
      assertThat(
        there.call(HttpMethod.POST, "/api/session/refresh", new JsonObject()).statusCode()
      ).isEqualTo(401);
    }
    assertThat(client.post("/api/session", name, TestHub.PASSWORD).statusCode()).isEqualTo(401);
  }

  @Test
  void whatIsWrittenForADisabledUserEndsOnEveryHubWithinFiveSeconds() throws Exception {
    node.says = "word ".repeat(400);
    node.tokenMillis = 50;
    List<HubFrame.Saved> asked = new ArrayList<>();
    for (TestClient.Socket socket : sockets()) {
      asked.add(socket.ask("Go on and on."));
      socket.await(HubFrame.Delta.class);
    }
    long since = System.nanoTime();
    database.execute("UPDATE app_user SET status = 'disabled' WHERE name = '" + name + "'");
    for (HubFrame.Saved saved : asked) {
      String row = "FROM generation WHERE id = '" + saved.generationId() + "'";
      Waits.until("it ends", () -> database.value("SELECT finished_at " + row) != null);
      assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(Duration.ofSeconds(5));
      assertThat(database.value("SELECT status " + row)).isEqualTo("stopped");
      assertThat(
        database.value(
          "SELECT details->>'reason' FROM audit_record WHERE action = 'generation.end' AND target_id = '" +
          saved.generationId() +
          "'"
        )
      ).isEqualTo("user_disabled");
    }
  }

  @Test
  void aPromptOfADisabledUserIsRefusedBeforeAnyoneHasHeardOfIt() throws Exception {
    TestClient.Socket socket = sockets().getFirst();
    database.execute("UPDATE app_user SET status = 'disabled' WHERE name = '" + name + "'");
    socket.send(prompt(Optional.empty()));
    assertThat(socket.await(HubFrame.Error.class).error().code()).isEqualTo("session_expired");
  }

  @Test
  void twoHubsTogetherAcceptNoMoreRequestsThanTheLimit() throws Exception {
    database.execute(
      "INSERT INTO rate_limit (applies_to, user_id, requests_per_minute) VALUES ('user', '" +
      userId() +
      "', 20)"
    );
    List<TestClient.Socket> sockets = sockets();
    for (int i = 0; i < 40; i++) {
      sockets.get(i % 2).send(prompt(Optional.empty()));
    }
    Waits.until(
      "all are answered",
      () ->
        sockets
          .stream()
          .mapToLong(s -> s.all(HubFrame.Saved.class).count() + s.all(HubFrame.Error.class).count())
          .sum() ==
        40
    );
    assertThat(
      sockets
        .stream()
        .mapToLong(s -> s.all(HubFrame.Saved.class).count())
        .sum()
    ).isEqualTo(20);
    HubFrame.Error error = sockets.getFirst().all(HubFrame.Error.class).findFirst().orElseThrow();
    assertThat(error.error().code()).isEqualTo("rate_limited");
    assertThat(error.error().args().get("retryAfterSeconds")).isInstanceOf(Number.class);
  }

  @Test
  void anAnswerStandsStillWhereTheTokensOfItsDepartmentEndAndGoesOnByItself() throws Exception {
    database.execute(
      "INSERT INTO rate_limit (applies_to, department_id, tokens_per_minute) SELECT 'department', department_id, 1000 FROM app_user WHERE name = '" +
      name +
      "'"
    );
    node.says = "0123456789".repeat(90);
    TestClient.Socket socket = sockets().getFirst();
    HubFrame.Saved saved = socket.ask("Go on and on.");
    Waits.until("three slices", () -> socket.text(saved.generationId()).length() == 3 * 256);
    // Not sooner than when it stands still, so that nothing came meanwhile.
    assertThat(socket.await(HubFrame.Recovering.class).cause()).isEqualTo(
      HubFrame.Cause.TOKEN_RATE
    );
    assertThat(socket.text(saved.generationId())).hasSize(3 * 256);

    // A minute later.
    database.execute("UPDATE rate_window SET slot = slot - 13");
    HubFrame.Finished finished = socket.await(HubFrame.Finished.class);
    assertThat(finished.length()).isEqualTo(900);
    assertThat(socket.text(saved.generationId())).isEqualTo(node.says);
  }

  @Test
  void aPromptWaitsForTokensAsInAQueue() throws Exception {
    database.execute(
      "INSERT INTO rate_limit (applies_to, user_id, tokens_per_minute) VALUES ('user', '" +
      userId() +
      "', 1000)"
    );
    database.execute("SELECT rate_take('%s', NULL, 'tokens', 900)".formatted(userId()));
    TestClient.Socket socket = sockets().getFirst();
    socket.ask("My turn?");
    HubFrame.Queued queued = socket.await(HubFrame.Queued.class);
    assertThat(queued.waitMs()).isBetween(50_000L, 65_000L);

    database.execute("UPDATE rate_window SET slot = slot - 13");
    assertThat(socket.await(HubFrame.Finished.class).reason()).isEqualTo(HubFrame.Reason.DONE);
    // Of what was taken, the rest of the slice is given back.
    Waits.until(
      "given back",
      () ->
        Integer.parseInt(
          database.value(
            "SELECT sum(c) FROM rate_window, unnest(counts) AS c WHERE unit = 'tokens' AND subject_id = '" +
            userId() +
            "'"
          )
        ) <
        50
    );
  }

  @Test
  void aPromptThatNoMinuteHasRoomForIsRefused() throws Exception {
    database.execute(
      "INSERT INTO rate_limit (applies_to, user_id, tokens_per_minute) VALUES ('user', '" +
      userId() +
      "', 1000)"
    );
    TestClient.Socket socket = sockets().getFirst();
    socket.ask("x".repeat(900));
    HubFrame.Failed failed = socket.await(HubFrame.Failed.class);
    assertThat(failed.error().code()).isEqualTo("token_rate_too_small");
    assertThat(failed.error().args()).containsEntry("perMinute", 1_000);
  }
}
