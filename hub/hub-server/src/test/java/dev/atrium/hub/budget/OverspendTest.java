package dev.atrium.hub.budget;

import static dev.atrium.hub.testing.HubData.count;
import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.db.DatabaseConfig;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Tx;
import dev.atrium.hub.testing.HubData;
import dev.atrium.hub.testing.TcpProxy;
import dev.atrium.hub.testing.Waits;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A thousand generations at once on a budget for fifty, through the ledgers of two hubs that are killed
 * again and again: their calls are cut in the middle, so that nobody knows what was done, and every second
 * time the hub itself is gone too and the other goes on with its answers, as in production. Seeded.
 */
class OverspendTest {

  private static final int GENERATIONS = 1_000;
  private static final int PROMPT = 50;
  private static final int SLICE = 64;
  private static final int ANSWER = 400;
  private static final long BUDGET = 50L * (PROMPT + ANSWER);

  private HubData data;
  private final Hub[] hubs = new Hub[2];
  private final AtomicInteger steps = new AtomicInteger();
  private final AtomicInteger takenOver = new AtomicInteger();
  private final AtomicInteger leftToTheSweeper = new AtomicInteger();
  private final AtomicInteger unknown = new AtomicInteger();
  private Set<Integer> kills = Set.of();
  private int killed;

  /** A hub's place: its line to the database, and the process that is there now. */
  private static final class Hub {

    final TcpProxy line;
    volatile Process process;

    Hub(TcpProxy line) {
      this.line = line;
    }
  }

  private static final class Process {

    final Db db;
    final BudgetLedger ledger;
    volatile boolean dead;

    Process(Db db, BudgetLedger ledger) {
      this.db = db;
      this.ledger = ledger;
    }
  }

  /** One answer, and what its node has written of it. */
  private static final class Answer {

    final UUID id;
    final UUID user;
    final UUID department;
    int delivered;

    Answer(UUID id, UUID user, UUID department) {
      this.id = id;
      this.user = user;
      this.department = department;
    }
  }

  private static final class Killed extends RuntimeException {

    private static final long serialVersionUID = 1L;
  }

  @BeforeEach
  void start() throws Exception {
    data = new HubData();
    data.database.execute(
      """
      INSERT INTO model (name, kind, title) VALUES ('m', 'chat', 'M');
      INSERT INTO price (model, input_per_million, cached_per_million, output_per_million, valid_from)
      VALUES ('m', 1000000, 1000000, 1000000, now() - interval '1 day')"""
    );
    for (int i = 0; i < hubs.length; i++) {
      hubs[i] = new Hub(
        TcpProxy.to(data.vertx, data.database.url().host(), data.database.url().port())
      );
      hubs[i].process = process(hubs[i]);
    }
  }

  private Process process(Hub hub) {
    // Few connections: the server keeps those of killed hubs for a moment.
    DatabaseConfig config = new DatabaseConfig(
      hub.line.url(data.database.url()),
      "hub_app",
      4,
      2_000,
      Duration.ofSeconds(20),
      Duration.ofSeconds(20)
    );
    Db db = stubbornly(() -> Db.connect(data.vertx, config));
    return new Process(db, BudgetLedger.create(data.vertx, db));
  }

  @AfterEach
  void stop() throws Exception {
    for (Hub hub : hubs) {
      Waits.get(hub.process.db.close());
    }
    data.close();
  }

  @Test
  void neverSpendsMoreThanThereIsAndLosesNothingThroughKills() throws Exception {
    UUID user = data.user("ada");
    for (int round = 1; round <= count(1, 10); round++) {
      data.database.execute(
        "UPDATE budget_account SET limit_micros = " +
        round * BUDGET +
        " WHERE kind = 'organisation'"
      );
      run(user, 4_711L + round);
      sweep();
      assertBooks(round * BUDGET);
    }
    assertThat(killed).isEqualTo(count(20, 200));
    assertThat(takenOver.get()).as("answers that another hub took over").isPositive();
    assertThat(unknown.get()).as("calls of which nobody knew what they did").isPositive();
    System.out.printf(
      "%d kills: %d answers taken over, %d left to the sweeper, %d calls cut%n",
      killed,
      takenOver.get(),
      leftToTheSweeper.get(),
      unknown.get()
    );
  }

  private void run(UUID user, long seed) throws Exception {
    Random random = new Random(seed);
    steps.set(0);
    // Every generation takes two steps at least; most are refused at the first.
    kills = new TreeSet<>();
    while (kills.size() < 20) {
      kills.add(1 + random.nextInt(2 * GENERATIONS));
    }
    List<java.util.concurrent.Future<?>> all = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Answer answer : answers(user)) {
        int hub = random.nextInt(2);
        all.add(threads.submit(() -> live(answer, hub)));
      }
      for (var one : all) {
        one.get(120, TimeUnit.SECONDS);
      }
    }
  }

  private List<Answer> answers(UUID user) {
    UUID department = data.department();
    String ids = data.database.value(
      "WITH g AS (INSERT INTO generation (user_id, department_id, model, seed, status)" +
      " SELECT u.id, u.department_id, 'm', 1, 'running' FROM app_user u, generate_series(1, " +
      GENERATIONS +
      ") WHERE u.id = '" +
      user +
      "' RETURNING id) SELECT string_agg(id::text, ' ') FROM g"
    );
    List<Answer> answers = new ArrayList<>();
    for (String id : ids.split(" ")) {
      answers.add(new Answer(UUID.fromString(id), user, department));
    }
    return answers;
  }

  /** On its hub, and if that is killed on the other one. */
  private void live(Answer answer, int first) {
    for (int hub = first; ; hub = 1 - hub) {
      Process process = hubs[hub].process;
      try {
        carry(process, hubs[hub], answer);
        return;
      } catch (Killed e) {
        if (isEnded(answer)) {
          // It ended, but its hub did not come to settling it.
          leftToTheSweeper.incrementAndGet();
          return;
        }
        takenOver.incrementAndGet();
      }
    }
  }

  private boolean isEnded(Answer answer) {
    return stubbornly(() ->
      data.db.read(tx ->
        tx
          .sql()
          .preparedQuery("SELECT finished_at IS NOT NULL FROM generation WHERE id = $1")
          .execute(Tuple.of(answer.id))
          .map(rows -> rows.iterator().next().getBoolean(0))
      )
    );
  }

  /** The way of an answer through its hub, from wherever it stands. */
  private void carry(Process process, Hub hub, Answer answer) {
    Reservation held;
    try {
      held = step(process, hub, () -> process.ledger.reserve(request(answer)));
    } catch (AtriumException refused) {
      assertThat(refused.code()).isEqualTo(ErrorCode.BUDGET_EXHAUSTED);
      step(process, hub, () -> change(process, FAIL, Tuple.of(answer.id)));
      return;
    }
    step(process, hub, () -> change(process, BEGIN, Tuple.of(answer.id, PROMPT)));
    while (true) {
      // A node writes as far as it was allowed, whatever becomes of the hub.
      answer.delivered = Math.max(answer.delivered, Math.min(ANSWER, held.allowedTokens()));
      if (answer.delivered == ANSWER) {
        break;
      }
      Reservation before = held;
      int more = Math.min(SLICE, ANSWER - held.allowedTokens());
      try {
        held = step(process, hub, () -> process.ledger.topUp(before, more));
      } catch (AtriumException refused) {
        assertThat(refused.code()).isEqualTo(ErrorCode.BUDGET_EXHAUSTED);
        break;
      }
    }
    step(process, hub, () -> change(process, END, Tuple.of(answer.id, PROMPT, answer.delivered)));
    step(process, hub, () ->
      process.ledger.settle(answer.id, 1, new Usage(PROMPT, 0, answer.delivered))
    );
  }

  private static final String FAIL =
    "UPDATE generation SET status = 'failed', finished_at = now() WHERE id = $1 AND finished_at IS NULL";
  private static final String BEGIN =
    "INSERT INTO attempt (generation_id, number, node_id, prompt_tokens) VALUES ($1, 1, 'node', $2) ON CONFLICT DO NOTHING";
  private static final String END = """
    WITH a AS (UPDATE attempt SET status = 'done', prompt_tokens = $2, completion_tokens = $3, finished_at = now()
      WHERE generation_id = $1 AND status = 'running')
    UPDATE generation SET status = 'done', finished_at = now() WHERE id = $1 AND finished_at IS NULL
    """;

  private static Future<Void> change(Process process, String sql, Tuple values) {
    return process.db.inTransaction((Tx tx) ->
      tx.sql().preparedQuery(sql).execute(values).mapEmpty()
    );
  }

  private ReservationRequest request(Answer answer) {
    return new ReservationRequest(answer.id, 1, answer.user, answer.department, "m", PROMPT, SLICE);
  }

  /** One step of a hub's: repeated while it is cut off, broken off when it is dead. */
  private <T> T step(Process process, Hub hub, Supplier<Future<T>> step) {
    if (kills.contains(steps.incrementAndGet())) {
      kill(hub);
    }
    while (true) {
      if (process.dead) {
        throw new Killed();
      }
      try {
        T result = HubData.await(step.get());
        if (process.dead) {
          throw new Killed();
        }
        return result;
      } catch (AtriumException e) {
        if (e.code() != ErrorCode.DATABASE_UNAVAILABLE) {
          throw e;
        }
        unknown.incrementAndGet();
      }
    }
  }

  private static <T> T stubbornly(Supplier<Future<T>> step) {
    while (true) {
      try {
        return HubData.await(step.get());
      } catch (AtriumException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.DATABASE_UNAVAILABLE);
      }
    }
  }

  private synchronized void kill(Hub hub) {
    killed++;
    Process before = hub.process;
    before.dead = killed % 2 == 0;
    hub.line.cut();
    hub.line.restore();
    if (before.dead) {
      hub.process = process(hub);
      var _ = before.db.close();
    }
  }

  private void sweep() {
    while (Integer.parseInt(data.database.value("SELECT budget_sweep(1000, interval '0')")) > 0) {
      // until nothing is left
    }
  }

  private void assertBooks(long budget) {
    long used = number("SELECT sum(prompt_tokens + completion_tokens) FROM attempt");
    assertThat(used).as("used").isBetween(budget - 100, budget);
    assertThat(number("SELECT sum(spent_micros) FROM budget_balance")).as("spent").isEqualTo(used);
    assertThat(number("SELECT sum(spent_micros) FROM ledger_entry")).as("ledger").isEqualTo(used);
    assertThat(number("SELECT sum(reserved_micros) FROM budget_balance")).as("held").isZero();
    assertThat(number("SELECT count(*) FROM reservation WHERE settled_at IS NULL")).isZero();
    assertThat(number("SELECT count(*) FROM budget_differences()")).isZero();
    assertThat(number("SELECT count(*) FROM budget_unpaid()")).isZero();
  }

  private long number(String sql) {
    return Long.parseLong(data.database.value(sql));
  }
}
