package dev.atrium.hub.budget;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.hub.testing.HubData;
import io.vertx.core.Future;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
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

  @Test
  void keepsUpWithFiveHundredPairsASecond() throws Exception {
    measure(Map.of(), hub -> {
      openLoop(hub, "open loop", LONG ? 500 : 100, seconds(15), false);
      openLoop(hub, "open loop, a top-up each", LONG ? 500 : 100, seconds(15), true);
      closedLoop(hub, List.of(hub.ledger()), "closed loop, 64 callers, one hub", seconds(10));
      closedLoop(
        hub,
        List.of(hub.ledger(), hub.anotherLedger()),
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

  private interface Load {
    void run(LedgerServer hub) throws Exception;
  }

  private static void measure(Map<String, String> settings, Load load) throws Exception {
    try (LedgerServer server = LedgerServer.start(settings)) {
      // What the library turns off for tests is what is to be measured.
      assertThat(server.value("SHOW fsync")).isEqualTo("on");
      assertThat(server.value("SHOW synchronous_commit")).isEqualTo("on");
      load.run(server);
      assertBooks(server);
    }
  }

  private static void assertBooks(LedgerServer server) throws SQLException {
    try (
      var c = server.connect();
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
  private static Future<Void> pair(
    BudgetLedger ledger,
    ReservationRequest request,
    long due,
    boolean more,
    Times times
  ) {
    return ledger
      .reserve(request)
      .compose(held -> {
        long reserved = System.nanoTime();
        times.reserve.add(reserved - due);
        Future<Reservation> whole = more ? ledger.topUp(held, 256) : Future.succeededFuture(held);
        return whole.compose(_ -> {
          long ending = System.nanoTime();
          times.more.add(ending - reserved);
          return ledger
            .settle(request.generationId(), 1, new Usage(800, 500, 120))
            .onSuccess(_ -> {
              long settled = System.nanoTime();
              times.settle.add(settled - ending);
              times.pair.add(settled - due - (ending - reserved));
            });
        });
      });
  }

  /** Pairs begin when they are due, at random times, however long the others take. */
  private static void openLoop(
    LedgerServer hub,
    String name,
    int rate,
    Duration length,
    boolean more
  ) throws Exception {
    run(hub, rate, length.dividedBy(4), more, new Times());
    Times times = new Times();
    run(hub, rate, length, more, times);
    System.out.printf(
      "%s, %d pairs/s offered, %d done: %s%n",
      name,
      rate,
      times.pair.size(),
      times
    );
  }

  private static void run(LedgerServer hub, int rate, Duration length, boolean more, Times times) {
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
      all.add(pair(hub.ledger(), hub.request(random), due, more, times));
      due += (long) ((-Math.log(1 - random.nextDouble()) * 1e9) / rate);
    }
    HubData.await(Future.all(all));
  }

  /** As many as there can be: each caller begins its next pair when it has done one. */
  private static void closedLoop(
    LedgerServer hub,
    List<BudgetLedger> lanes,
    String name,
    Duration length
  ) {
    AtomicInteger done = new AtomicInteger();
    long start = System.nanoTime();
    List<Future<Void>> callers = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      callers.add(
        again(hub, lanes.get(i % lanes.size()), new Random(i), start + length.toNanos(), done)
      );
    }
    HubData.await(Future.all(callers));
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(Locale.ROOT, "%s: %.0f pairs/s%n", name, done.get() / seconds);
    assertThat(done.get()).isPositive();
  }

  private static Future<Void> again(
    LedgerServer hub,
    BudgetLedger ledger,
    Random random,
    long until,
    AtomicInteger done
  ) {
    long now = System.nanoTime();
    return now > until
      ? Future.succeededFuture()
      : pair(ledger, hub.request(random), now, false, new Times()).compose(_ -> {
          done.incrementAndGet();
          return again(hub, ledger, random, until, done);
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
