package dev.atrium.hub.admission;

import static dev.atrium.hub.testing.HubData.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.hub.db.DatabaseConfig;
import dev.atrium.hub.db.Db;
import dev.atrium.hub.testing.HubData;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Limits that two hubs keep together, each with a pool of its own on a real PostgreSQL. */
class RatesTest {

  private static final int LIMIT = 300;
  private static final int CALLERS = 8;
  private static final Logger log = LoggerFactory.getLogger(RatesTest.class);

  private HubData data;
  private Db other;
  private UUID ada;
  private UUID department;

  @BeforeEach
  void start() {
    data = new HubData();
    other = await(Db.connect(data.vertx, DatabaseConfig.defaults(data.database.url())));
    ada = data.user("ada");
    department = data.department();
    data.database.execute("UPDATE rate_limit SET requests_per_minute = " + LIMIT);
  }

  @AfterEach
  void stop() {
    await(other.close());
    data.close();
  }

  /** When each request was let in, by {@link System#nanoTime}. */
  private List<Long> flood(Duration time) throws Exception {
    List<Long> letIn = Collections.synchronizedList(new ArrayList<>());
    long end = System.nanoTime() + time.toNanos();
    try (ExecutorService pool = Executors.newFixedThreadPool(2 * CALLERS)) {
      List<Future<Void>> all = new ArrayList<>();
      for (Db db : List.of(data.db, other)) {
        PgRates rates = new PgRates(db);
        Callable<Void> caller = () -> {
          while (System.nanoTime() < end) {
            long asked = System.nanoTime();
            if (await(rates.take(ada, department, Unit.REQUESTS, 1)) instanceof Taken.Now) {
              letIn.add(asked);
            }
          }
          return null;
        };
        for (int i = 0; i < CALLERS; i++) {
          all.add(pool.submit(caller));
        }
      }
      for (Future<Void> one : all) {
        one.get(5, TimeUnit.MINUTES);
      }
    }
    return letIn.stream().sorted().toList();
  }

  private static int mostInAMinute(List<Long> times) {
    int most = 0;
    for (int from = 0, to = 0; to < times.size(); to++) {
      while (times.get(to) - times.get(from) > Duration.ofMinutes(1).toNanos()) {
        from++;
      }
      most = Math.max(most, to - from + 1);
    }
    return most;
  }

  @Test
  void twoHubsTogetherLetInNoMoreThanTheLimitInAnyMinute() throws Exception {
    Duration time = Duration.ofSeconds(HubData.count(3, 200));
    List<Long> letIn = flood(time);
    int most = mostInAMinute(letIn);
    log.info("{} of {} a minute at most, {} in {}", most, LIMIT, letIn.size(), time);
    assertThat(most).isBetween(LIMIT, (LIMIT * 11) / 10);
    assertThat((double) letIn.size())
      .as("a limit is there to be used")
      .isGreaterThan((0.85 * LIMIT * time.toSeconds()) / 60);
  }

  @Test
  void whoWasRefusedIsRefusedWithoutAskingUntilItIsTime() {
    AtomicLong clock = new AtomicLong(7);
    Rates rates = new Rates(new PgRates(data.db), clock::get);
    data.database.execute("UPDATE rate_limit SET requests_per_minute = 1");
    assertThat(await(rates.takeRequest(ada, department))).isInstanceOf(Taken.Now.class);
    assertThat(await(rates.takeRequest(ada, department))).isInstanceOf(Taken.Later.class);

    data.database.execute("DELETE FROM rate_window");
    clock.addAndGet(Duration.ofSeconds(50).toNanos());
    assertThat(await(rates.takeRequest(ada, department))).isInstanceOf(Taken.Later.class);
    clock.addAndGet(Duration.ofSeconds(20).toNanos());
    assertThat(await(rates.takeRequest(ada, department))).isInstanceOf(Taken.Now.class);
  }

  @Test
  void aChangedLimitIsTriedAtOnce() {
    Rates rates = Rates.create(data.db);
    data.database.execute("UPDATE rate_limit SET requests_per_minute = 1");
    await(rates.takeRequest(ada, department));
    assertThat(await(rates.takeRequest(ada, department))).isInstanceOf(Taken.Later.class);
    data.database.execute("UPDATE rate_limit SET requests_per_minute = 2");
    rates.forget();
    assertThat(await(rates.takeRequest(ada, department))).isInstanceOf(Taken.Now.class);
  }
}
