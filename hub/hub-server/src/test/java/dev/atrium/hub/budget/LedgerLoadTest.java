package dev.atrium.hub.budget;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.hub.db.DatabaseConfig;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.db.Ids;
import dev.atrium.hub.testing.HubData;
import dev.atrium.schema.DatabaseUrl;
import dev.atrium.schema.Migrations;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * Load on the ledger of a hub: pairs of a reservation and its settlement, from 200 users in ten departments,
 * so that three accounts pay for each. A PostgreSQL of its own on this machine that waits for the disk, as in
 * production. Ordinarily it runs for moments, to see that nothing gets lost; with {@code -Plong} it measures
 * and prints what docs/performance.md quotes:
 *
 * <pre>mvn -B -Plong -pl hub/hub-server -am -Dtest=LedgerLoadTest -Dsurefire.failIfNoSpecifiedTests=false test</pre>
 */
class LedgerLoadTest {

  private static final boolean LONG = HubData.count(0, 1) == 1;
  private static final int USERS = 200;

  private final List<UUID> users = new ArrayList<>();
  private final List<UUID> departments = new ArrayList<>();

  @Test
  void keepsUpWithFiveHundredPairsASecond() throws Exception {
    measure(Map.of(), hub -> {
      openLoop(hub, "open loop", LONG ? 500 : 100, seconds(15), false);
      openLoop(hub, "open loop, a top-up each", LONG ? 500 : 100, seconds(15), true);
      closedLoop(List.of(hub.ledger), "closed loop, 64 callers, one hub", seconds(10));
      closedLoop(
        List.of(hub.ledger, BudgetLedger.create(hub.vertx, hub.db)),
        "closed loop, 64 callers, two lanes",
        seconds(10)
      );
    });
  }

  @Test
  void keepsUpWhereCommitsWaitForOthers() throws Exception {
    // Without siblings=0 a lone lane would never wait.
    Map<String, String> settings = Map.of("commit_delay", "1000", "commit_siblings", "0");
    measure(settings, hub ->
      openLoop(
        hub,
        "open loop, commit_delay=1000, a top-up each",
        LONG ? 500 : 100,
        seconds(15),
        true
      )
    );
  }

  private static Duration seconds(int many) {
    return Duration.ofMillis(LONG ? many * 1000L : 700);
  }

  private record Measured(Vertx vertx, Db db, BudgetLedger ledger) {}

  private interface Load {
    void run(Measured hub) throws Exception;
  }

  private void measure(Map<String, String> settings, Load load) throws Exception {
    // What the library turns off for tests is what is to be measured.
    EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
      .setServerConfig("fsync", "on")
      .setServerConfig("synchronous_commit", "on");
    settings.forEach(builder::setServerConfig);
    try (EmbeddedPostgres server = builder.start()) {
      DatabaseUrl url = new DatabaseUrl(
        "localhost",
        server.getPort(),
        "postgres",
        "postgres",
        "postgres"
      );
      Migrations.apply(url);
      populate(url);
      assertThat(value(url, "SHOW fsync")).isEqualTo("on");
      assertThat(value(url, "SHOW synchronous_commit")).isEqualTo("on");
      Vertx vertx = Vertx.vertx();
      Db db = HubData.await(Db.connect(vertx, DatabaseConfig.defaults(url)));
      try {
        load.run(new Measured(vertx, db, BudgetLedger.create(vertx, db)));
        assertBooks(url);
      } finally {
        HubData.await(db.close());
        HubData.await(vertx.close());
      }
    }
  }

  private void populate(DatabaseUrl url) throws SQLException {
    try (var c = connect(url); var s = c.createStatement()) {
      s.execute(
        """
        INSERT INTO department (name, parent_id)
          SELECT 'd' || i, (SELECT id FROM department) FROM generate_series(1, 10) AS i;
        INSERT INTO app_user (name, display_name, department_id)
          SELECT 'u' || i, 'Somebody', (SELECT id FROM department WHERE name = 'd' || (i %% 10 + 1))
          FROM generate_series(1, %d) AS i;
        INSERT INTO model (name, kind, title) VALUES ('m', 'chat', 'M');
        INSERT INTO price (model, input_per_million, cached_per_million, output_per_million, valid_from)
          VALUES ('m', 150000, 75000, 600000, now() - interval '1 day');
        UPDATE budget_account SET period = 'month', limit_micros = 1000000000000;
        INSERT INTO budget_account (kind, department_id, period, limit_micros)
          SELECT 'department', id, 'month', 1000000000000 FROM department WHERE parent_id IS NOT NULL;
        INSERT INTO budget_account (kind, user_id, period, limit_micros)
          SELECT 'user', id, 'month', 1000000000000 FROM app_user""".formatted(USERS)
      );
      users.clear();
      departments.clear();
      try (var rows = s.executeQuery("SELECT id, department_id FROM app_user")) {
        while (rows.next()) {
          users.add(rows.getObject(1, UUID.class));
          departments.add(rows.getObject(2, UUID.class));
        }
      }
    }
  }

  private static java.sql.Connection connect(DatabaseUrl url) throws SQLException {
    return DriverManager.getConnection(url.jdbc(), url.user(), url.password());
  }

  private static String value(DatabaseUrl url, String sql) throws SQLException {
    try (var c = connect(url); var s = c.createStatement(); var rows = s.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  private static void assertBooks(DatabaseUrl url) throws SQLException {
    try (
      var c = connect(url);
      var s = c.createStatement();
      var rows = s.executeQuery(
        """
        SELECT (SELECT count(*) FROM budget_differences()), (SELECT count(*) FROM budget_unpaid()),
          (SELECT sum(reserved_micros) FROM budget_balance), (SELECT count(*) FROM reservation WHERE settled_at IS NULL),
          (SELECT sum(settled_micros) FROM reservation) - (SELECT sum(spent_micros) FROM budget_balance b
            JOIN budget_account a ON a.id = b.account_id WHERE a.kind = 'organisation')"""
      )
    ) {
      rows.next();
      for (int i = 1; i <= 5; i++) {
        assertThat(rows.getLong(i)).as("column " + i).isZero();
      }
    }
  }

  /**
   * One pair; fails if either does. Its times are noted, from when it should have begun.
   *
   * @param more whether a top-up comes between, which is not timed, but is waited for by the others
   */
  private Future<Void> pair(
    BudgetLedger ledger,
    Random random,
    long due,
    boolean more,
    Times times
  ) {
    int who = random.nextInt(USERS);
    UUID generation = Ids.next();
    return ledger
      .reserve(
        new ReservationRequest(generation, 1, users.get(who), departments.get(who), "m", 800, 256)
      )
      .compose(held -> {
        long reserved = System.nanoTime();
        times.reserve.add(reserved - due);
        Future<Reservation> whole = more ? ledger.topUp(held, 256) : Future.succeededFuture(held);
        return whole.compose(_ -> {
          long ending = System.nanoTime();
          times.more.add(ending - reserved);
          return ledger
            .settle(generation, 1, new Usage(800, 500, 120))
            .onSuccess(_ -> {
              long settled = System.nanoTime();
              times.settle.add(settled - ending);
              times.pair.add(settled - due - (ending - reserved));
            });
        });
      });
  }

  /** Pairs begin when they are due, at random times, however long the others take. */
  private void openLoop(Measured hub, String name, int rate, Duration length, boolean more)
    throws Exception {
    run(hub.ledger, rate, length.dividedBy(4), more, new Times());
    Times times = new Times();
    run(hub.ledger, rate, length, more, times);
    System.out.printf(
      "%s, %d pairs/s offered, %d done: %s%n",
      name,
      rate,
      times.pair.size(),
      times
    );
  }

  private void run(BudgetLedger ledger, int rate, Duration length, boolean more, Times times) {
    Random random = new Random(7);
    List<Future<Void>> all = new ArrayList<>();
    long start = System.nanoTime();
    long due = start;
    while (due - start < length.toNanos()) {
      long wait = due - System.nanoTime();
      if (wait > 0) {
        LockSupport.parkNanos(wait);
        continue;
      }
      all.add(pair(ledger, random, due, more, times));
      due += (long) ((-Math.log(1 - random.nextDouble()) * 1e9) / rate);
    }
    HubData.await(Future.all(all));
  }

  /** As many as there can be: each caller begins its next pair when it has done one. */
  private void closedLoop(List<BudgetLedger> lanes, String name, Duration length) {
    AtomicInteger done = new AtomicInteger();
    long start = System.nanoTime();
    List<Future<Void>> callers = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      callers.add(
        again(lanes.get(i % lanes.size()), new Random(i), start + length.toNanos(), done)
      );
    }
    HubData.await(Future.all(callers));
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(Locale.ROOT, "%s: %.0f pairs/s%n", name, done.get() / seconds);
    assertThat(done.get()).isPositive();
  }

  private Future<Void> again(BudgetLedger ledger, Random random, long until, AtomicInteger done) {
    long now = System.nanoTime();
    return now > until
      ? Future.succeededFuture()
      : pair(ledger, random, now, false, new Times()).compose(_ -> {
          done.incrementAndGet();
          return again(ledger, random, until, done);
        });
  }

  /** Nanoseconds, of each. */
  private static final class Times {

    final List<Long> reserve = Collections.synchronizedList(new ArrayList<>());
    final List<Long> more = Collections.synchronizedList(new ArrayList<>());
    final List<Long> settle = Collections.synchronizedList(new ArrayList<>());
    final List<Long> pair = Collections.synchronizedList(new ArrayList<>());

    @Override
    public String toString() {
      return (
        "reserve " +
        words(reserve) +
        "; top up " +
        words(more) +
        "; settle " +
        words(settle) +
        "; a pair without its top-up " +
        words(pair)
      );
    }

    private static String words(List<Long> nanos) {
      long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
      return String.format(
        Locale.ROOT,
        "p50 %.1f p99 %.1f max %.1f ms",
        at(sorted, 0.5),
        at(sorted, 0.99),
        at(sorted, 1)
      );
    }

    private static double at(long[] sorted, double part) {
      return sorted[(int) Math.min(sorted.length - 1L, (long) (part * sorted.length))] / 1e6;
    }
  }
}
