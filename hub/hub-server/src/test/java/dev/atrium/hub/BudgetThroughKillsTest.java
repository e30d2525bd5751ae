package dev.atrium.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ClientFrame;
import dev.atrium.api.HubFrame;
import dev.atrium.hub.testing.FaultyCluster;
import dev.atrium.hub.testing.HubData;
import dev.atrium.hub.testing.ScriptedNode;
import dev.atrium.hub.testing.TestClient;
import dev.atrium.hub.testing.TestHub;
import dev.atrium.hub.testing.Waits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A thousand answers asked for at once on a budget for fifty, by real requests to two hubs, while hubs and
 * nodes die at seeded moments: nothing is spent that there is not, nothing stays reserved, and the books
 * say what was used. {@code OverspendTest} does the same to the ledger alone, cutting its calls.
 */
class BudgetThroughKillsTest {

  private static final int PROMPTS = 1_000;
  private static final int KILLS = 20;
  private static final int ASKERS = 8;
  private static final String PROMPT = "Go on and on.";
  /** By the scripted node: one token a character, and four for the message. */
  private static final int PROMPT_TOKENS = PROMPT.length() + 4;
  private static final int ANSWER_TOKENS = 300;
  private static final long BUDGET = 50L * (PROMPT_TOKENS + ANSWER_TOKENS);

  private FaultyCluster cluster;
  private final TestHub.Hub[] hubs = new TestHub.Hub[2];
  private final ScriptedNode[] nodes = new ScriptedNode[2];
  private TestClient client;
  private int started;

  @BeforeEach
  void start() throws Exception {
    cluster = new FaultyCluster();
    for (int i = 0; i < hubs.length; i++) {
      hubs[i] = cluster.hub("hub-" + ++started);
      nodes[i] = cluster.node("node-" + i);
      nodes[i].says = "0123456789".repeat(ANSWER_TOKENS / 10);
      nodes[i].tokenMillis = 40;
    }
    client = cluster.client(hubs[0]);
    cluster.client(hubs[1]);
    cluster.database.execute(
      """
      DELETE FROM rate_limit;
      INSERT INTO price (model, input_per_million, cached_per_million, output_per_million, valid_from)
        VALUES ('%s', 1000000, 1000000, 1000000, clock_timestamp())""".formatted(ScriptedNode.MODEL)
    );
  }

  @AfterEach
  void stop() throws Exception {
    cluster.close();
  }

  @Test
  void spendsWhatThereIsAndNoMoreWhoeverDies() throws Exception {
    limit(BUDGET);
    aNodeAndAHubDieWhileThereIsMoneyLeft();
    for (int round = 1; round <= HubData.count(1, 10); round++) {
      long limit = (round + 1) * BUDGET;
      limit(limit);
      run(new Random(815L + round));
      awaitEnds();
      cluster.assertNothingIsLeft();
      // Whoever is refused while others hold what they give back later, those of the dead among them,
      // doesn't ask again: so how much is left over depends on the moments of the kills.
      assertBooks(1, limit);
    }
  }

  /**
   * Later, when more is asked for than can be paid, whoever wants to go on may find that others have
   * taken the rest: so that some do go on does not depend on the moments of the kills.
   */
  private void aNodeAndAHubDieWhileThereIsMoneyLeft() throws Exception {
    long seed = 1;
    ask(ASKERS, new Random(seed));
    Waits.until(
      "all are written",
      () -> number("SELECT count(*) FROM attempt WHERE status = 'running'") == ASKERS
    );
    dieAndComeBack(0);
    dieAndComeBack(1);
    Waits.until(
      "answers went on after a node died",
      () -> number("SELECT count(*) FROM attempt WHERE number > 1") > 0
    );
    // Where they were asked for.
    killHub(new Random(seed).nextInt(2));
    Waits.until(
      "answers were taken over by another hub",
      () -> number("SELECT count(*) FROM generation WHERE epoch > 1") > 0
    );
  }

  private void dieAndComeBack(int which) throws InterruptedException {
    nodes[which].die();
    Thread.sleep(100);
    nodes[which].restart();
  }

  private void limit(long micros) {
    cluster.database.execute(
      "UPDATE budget_account SET limit_micros = " + micros + " WHERE kind = 'organisation'"
    );
  }

  /** What a caller may have at most decides nothing: a slice is reserved at a time. */
  @Test
  void manyOnABudgetOfASliceEachGetShortAnswersAndNoRefusals() throws Exception {
    int callers = 32;
    for (ScriptedNode node : nodes) {
      node.contextLength = 32_000;
      node.says = "0123456789".repeat(200);
      node.tokenMillis = 5;
    }
    long limit = callers * (PROMPT_TOKENS + 256L);
    limit(limit);
    ask(callers, new Random(1));
    awaitEnds();
    cluster.assertNothingIsLeft();
    assertThat(
      number("SELECT count(*) FROM generation WHERE status = 'done' AND reason = 'budget'")
    ).isEqualTo(callers);
    assertThat(number("SELECT min(completion_tokens) FROM generation")).isGreaterThanOrEqualTo(16);
    assertBooks(limit - ANSWER_TOKENS, limit);
  }

  private void run(Random random) throws Exception {
    List<Future<?>> all = new ArrayList<>();
    try (ExecutorService askers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < ASKERS; i++) {
        Random own = new Random(random.nextLong());
        all.add(askers.submit(() -> ask(PROMPTS / ASKERS, own)));
      }
      for (int i = 0; i < KILLS; i++) {
        Thread.sleep(100 + random.nextInt(500));
        int which = random.nextInt(2);
        if (random.nextInt(3) == 0) {
          killHub(which);
        } else {
          dieAndComeBack(which);
        }
      }
      for (Future<?> one : all) {
        one.get(60, TimeUnit.SECONDS);
      }
    }
  }

  private void killHub(int which) throws Exception {
    TestHub.Hub dead = hubs[which];
    hubs[which] = hubs[1 - which];
    dead.vanish();
    hubs[which] = cluster.hub("hub-" + ++started);
  }

  /** Sends prompts until each is saved: what a hub took with it is sent again with the same id. */
  private void ask(int many, Random random) {
    Map<UUID, ClientFrame.Send> unsaved = new LinkedHashMap<>();
    for (int i = 0; i < many; i++) {
      UUID id = UUID.randomUUID();
      unsaved.put(
        id,
        new ClientFrame.Send(id, Optional.empty(), Optional.empty(), Optional.empty(), PROMPT)
      );
    }
    while (!unsaved.isEmpty()) {
      try {
        TestClient.Socket socket = client.at(hubs[random.nextInt(2)].port()).socket();
        for (ClientFrame.Send prompt : unsaved.values()) {
          socket.send(prompt);
        }
        long until = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        while (!unsaved.isEmpty() && !socket.closed.isDone() && System.nanoTime() < until) {
          Thread.sleep(20);
          socket.all(HubFrame.Saved.class).forEach(saved -> unsaved.remove(saved.id()));
        }
        var _ = socket.ws.close();
      } catch (Exception e) {
        // The hub was killed just now; the other one takes it.
        assertThat(e).isNotInstanceOf(InterruptedException.class);
      }
    }
  }

  private void awaitEnds() throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(90).toNanos();
    while (number("SELECT count(*) FROM generation WHERE finished_at IS NULL") > 0) {
      assertThat(System.nanoTime()).as("not ended").isLessThan(deadline);
      Thread.sleep(100);
    }
  }

  private void assertBooks(long least, long limit) {
    long spent = number(
      "SELECT sum(b.spent_micros) FROM budget_balance b JOIN budget_account a ON a.id = b.account_id WHERE a.kind = 'organisation'"
    );
    assertThat(spent).as("spent").isBetween(least, limit);
    assertThat(number("SELECT sum(reserved_micros) FROM budget_balance")).as("held").isZero();
    assertThat(number("SELECT sum(prompt_tokens + completion_tokens) FROM generation"))
      .as("used")
      .isEqualTo(spent);
    assertThat(number("SELECT count(*) FROM budget_differences()")).isZero();
    assertThat(number("SELECT count(*) FROM budget_unpaid()")).isZero();
    assertThat(
      number(
        "SELECT count(*) FROM generation WHERE NOT (status = 'done' OR error_code = 'budget_exhausted')"
      )
    )
      .as("each was written, cut short by the budget, or refused by it")
      .isZero();
  }

  private long number(String sql) {
    return Long.parseLong(cluster.database.value(sql));
  }
}
