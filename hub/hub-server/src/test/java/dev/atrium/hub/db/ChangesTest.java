package dev.atrium.hub.db;

import static dev.atrium.hub.testing.HubData.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.hub.testing.HubData;
import dev.atrium.hub.testing.Waits;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ChangesTest {

  private static final String CHANGE =
    "UPDATE organisation SET name = name; UPDATE model SET enabled = NOT enabled";
  private HubData data;
  private Changes changes;
  private final AtomicInteger told = new AtomicInteger();
  private volatile boolean failing;
  private volatile Changed last;

  @BeforeEach
  void start() {
    data = new HubData();
    data.database.execute("INSERT INTO model (name, kind, title) VALUES ('m', 'chat', 'M')");
    changes = Changes.of(data.vertx, data.db, DatabaseConfig.defaults(data.database.url()));
    changes.onChange(changed -> {
      last = changed;
      told.incrementAndGet();
      return failing ? Future.failedFuture("not now") : Future.succeededFuture();
    });
    await(changes.start());
  }

  @AfterEach
  void stop() {
    await(changes.stop());
    data.close();
  }

  private Duration untilTold(int times) throws Exception {
    long before = System.nanoTime();
    Waits.until(times + " times told", () -> told.get() >= times);
    return Duration.ofNanos(System.nanoTime() - before);
  }

  @Test
  void tellsOnceAtTheStartAndOnceForEachChange() throws Exception {
    assertThat(told).hasValue(1);
    Waits.until("it listens", () -> !listeners().equals("0"));
    data.database.execute(CHANGE);
    assertThat(untilTold(2)).isLessThan(Duration.ofMillis(400));
    Thread.sleep(1_200);
    assertThat(told).hasValue(2);
  }

  @Test
  void saysWhomAChangeConcerns() throws Exception {
    assertThat(last.people()).as("at the start").isEmpty();
    UUID ada = data.user("ada");
    UUID bob = data.user("bob");
    Waits.until("both are told", () -> last.people().isPresent() && last.concerns(bob));
    int before = told.get();
    data.database.execute(CHANGE);
    untilTold(before + 1);
    assertThat(last.people()).as("models are nobody").hasValue(Set.of());

    before = told.get();
    data.database.execute(
      "INSERT INTO user_role (user_id, role) VALUES ('" + ada + "', 'auditor')"
    );
    untilTold(before + 1);
    assertThat(last.people()).hasValue(Set.of(ada));

    failing = true;
    before = told.get();
    data.database.execute("UPDATE app_user SET locale = 'zh' WHERE id = '" + bob + "'");
    untilTold(before + 1);
    data.database.execute("DELETE FROM user_role WHERE user_id = '" + ada + "'");
    Waits.until("both are told", () -> last.people().equals(Optional.of(Set.of(ada, bob))));
    failing = false;

    // Whoever was away for too long.
    before = told.get();
    data.database.execute("UPDATE change_counter SET version = version + 20000");
    untilTold(before + 1);
    Waits.until("anybody", () -> last.people().isEmpty());
  }

  @Test
  void hearsWithoutHintsToo() throws Exception {
    data.database.execute("ALTER TABLE model DISABLE TRIGGER USER");
    data.database.execute("UPDATE change_counter SET version = version + 1");
    assertThat(untilTold(2)).isLessThan(Duration.ofSeconds(1));
  }

  @Test
  void listensAgainWhenItsConnectionWasLost() throws Exception {
    Waits.until("it listens", () -> !listeners().equals("0"));
    data.database.execute(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ILIKE 'LISTEN%' AND datname = current_database()"
    );
    Waits.until("it does not listen", () -> listeners().equals("0"));
    data.database.execute(CHANGE);
    assertThat(untilTold(2)).isLessThan(Duration.ofSeconds(1));
    Waits.until("it listens again", () -> !listeners().equals("0"));
  }

  private String listeners() {
    return data.database.value(
      "SELECT count(*) FROM pg_stat_activity WHERE query ILIKE 'LISTEN%' AND datname = current_database()"
    );
  }

  @Test
  void tellsAgainWhatAListenerCouldNotTakeIn() throws Exception {
    failing = true;
    data.database.execute(CHANGE);
    untilTold(3);
    failing = false;
    int before = told.get();
    untilTold(before + 1);
    Thread.sleep(1_200);
    assertThat(told.get()).isLessThanOrEqualTo(before + 2);
  }
}
