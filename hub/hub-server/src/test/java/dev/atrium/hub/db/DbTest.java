package dev.atrium.hub.db;

import static dev.atrium.hub.testing.HubData.await;
import static dev.atrium.hub.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.testing.HubData;
import dev.atrium.schema.DatabaseUrl;
import dev.atrium.schema.Migrations;
import dev.atrium.schema.testing.TestDatabase;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class DbTest {

  private static HubData data;

  @BeforeAll
  static void start() {
    data = new HubData();
  }

  @AfterAll
  static void stop() {
    data.close();
  }

  private static Future<String> value(Tx tx, String sql) {
    return tx
      .sql()
      .query(sql)
      .execute()
      .map(rows -> rows.iterator().next().getValue(0).toString());
  }

  @Test
  void worksWithTheNarrowRoleOfAHub() {
    var role = await(data.db.read(tx -> value(tx, "SELECT current_user")));
    assertThat(role).isEqualTo("hub_app");
  }

  @Test
  void worksWithTheRightsOfAPlainOwnerWhoCanNotTakeTheRole() {
    try (var database = TestDatabase.empty()) {
      database.execute("CREATE ROLE hub_owner LOGIN PASSWORD 'sesame'");
      database.execute("ALTER DATABASE " + database.url().name() + " OWNER TO hub_owner");
      var url = database.urlAs("hub_owner", "sesame");
      Migrations.apply(url);
      var db = await(Db.connect(data.vertx, DatabaseConfig.defaults(url)));
      var role = await(
        db.read(tx ->
          value(tx, "SELECT current_user FROM conversation RIGHT JOIN organisation ON true")
        )
      );
      assertThat(role).isEqualTo("hub_owner");
      await(db.close());
    }
  }

  @Test
  void undoesWhatAFailedTransactionDid() {
    var failed = data.db.inTransaction(tx ->
      tx
        .sql()
        .query("INSERT INTO hub_lease (hub_id, expires_at) VALUES ('undone', now())")
        .execute()
        .compose(_ -> Future.failedFuture(new IllegalStateException("on purpose")))
    );
    assertThatThrownBy(() -> await(failed)).hasMessage("on purpose");
    var count = "SELECT count(*) FROM hub_lease WHERE hub_id = 'undone'";
    var rows = await(data.db.read(tx -> value(tx, count)));
    assertThat(rows).isEqualTo("0");
  }

  @Test
  void rollsBackWhenTheWorkThrowsInsteadOfFailing() {
    var thrown = data.db.inTransaction(_ -> {
      throw new IllegalStateException("thrown");
    });
    assertThatThrownBy(() -> await(thrown)).hasMessage("thrown");
    await(data.db.ping());
  }

  @Test
  void saysUnavailableWhenNobodyListens() {
    var nowhere = new DatabaseUrl("127.0.0.1", 1, "none", "nobody", "sesame");
    assertRefused(
      Db.connect(data.vertx, DatabaseConfig.defaults(nowhere)),
      ErrorCode.DATABASE_UNAVAILABLE
    );
  }

  @Test
  void saysUnavailableWhenAStatementTakesTooLong() {
    var hasty = open(2, 10, Duration.ofMillis(100));
    try {
      assertRefused(
        hasty.read(tx -> value(tx, "SELECT pg_sleep(5)")),
        ErrorCode.DATABASE_UNAVAILABLE
      );
      await(hasty.ping());
    } finally {
      await(hasty.close());
    }
  }

  @Test
  void whoHangsInTheMiddleOfATransactionKeepsTheOthersWaitingForLessThanALease() {
    data.database.execute("INSERT INTO hub_lease (hub_id, expires_at) VALUES ('wanted', now())");
    Promise<Void> never = Promise.promise();
    var hangs = data.db.inTransaction(tx -> rename(tx, "first").compose(_ -> never.future()));
    await(data.vertx.timer(200));
    var begun = System.nanoTime();

    await(data.db.read(tx -> rename(tx, "second")));

    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isBetween(
      Duration.ofSeconds(1),
      Duration.ofMillis(3_500)
    );
    never.complete();
    assertRefused(hangs, ErrorCode.DATABASE_UNAVAILABLE);
    var url = "SELECT url FROM hub_lease WHERE hub_id = 'wanted'";
    // Not by the pool: the connection that the server ended may still be lent once, until its end is heard.
    assertThat(data.database.value(url)).isEqualTo("second");
  }

  private static Future<String> rename(Tx tx, String url) {
    return value(
      tx,
      "UPDATE hub_lease SET url = '" + url + "' WHERE hub_id = 'wanted' RETURNING url"
    );
  }

  @Test
  void refusesAtTheBoundOfTheQueueAndServesTheOthers() {
    var small = open(1, 2, Duration.ofSeconds(5));
    try {
      var calls = new ArrayList<Future<String>>();
      for (var i = 0; i < 6; i++) {
        calls.add(small.read(tx -> value(tx, "SELECT 'done' FROM pg_sleep(0.1)")));
      }
      await(Future.join(calls).otherwiseEmpty());
      assertThat(calls.stream().filter(Future::succeeded).count()).isBetween(2L, 4L);
      calls
        .stream()
        .filter(Future::failed)
        .forEach(refused -> assertRefused(refused, ErrorCode.DATABASE_UNAVAILABLE));
    } finally {
      await(small.close());
    }
  }

  @Test
  void losesNoConnectionToThoseWhoWaitedTooLong() {
    var crowded = open(4, 1_000, Duration.ofMillis(20), Duration.ofSeconds(5));
    try {
      for (var round = 0; round < 5; round++) {
        var crowds = new ArrayList<Future<Void>>();
        for (var i = 0; i < 4; i++) {
          Promise<Void> over = Promise.promise();
          ((VertxInternal) data.vertx).createEventLoopContext().runOnContext(_ ->
            crowd(crowded).onComplete(_ -> over.complete())
          );
          crowds.add(over.future());
        }
        await(Future.join(crowds));
        await(data.vertx.timer(50));
        await(crowded.ping());
      }
    } finally {
      await(crowded.close());
    }
  }

  /** Many calls on one thread that is always late: some get their connection as their time is up. */
  private static Future<?> crowd(Db db) {
    var calls = new ArrayList<Future<String>>();
    for (var i = 0; i < 100; i++) {
      calls.add(
        db.read(tx -> value(tx, "SELECT 1")).onComplete(_ -> LockSupport.parkNanos(300_000))
      );
    }
    return Future.join(calls);
  }

  @Test
  void saysUnavailableAfterBeingClosed() {
    var closed = open(1, 1, Duration.ofSeconds(5));
    await(closed.close());
    assertRefused(closed.ping(), ErrorCode.DATABASE_UNAVAILABLE);
  }

  @Test
  void recoversAfterItsConnectionsWereCut() {
    var cut = open(2, 10, Duration.ofSeconds(5));
    try {
      await(cut.ping());
      data.database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()" +
        " AND pid <> pg_backend_pid()"
      );
      // Each connection of the pool that was cut may cost one call, and no more than that.
      for (var i = 0; i < 2; i++) {
        try {
          await(cut.ping());
        } catch (AtriumException e) {
          assertThat(e.code()).isEqualTo(ErrorCode.DATABASE_UNAVAILABLE);
        }
      }
      await(cut.ping());
    } finally {
      await(cut.close());
    }
  }

  private static Db open(int poolSize, int maxWaiting, Duration statementTimeout) {
    return open(poolSize, maxWaiting, Duration.ofSeconds(5), statementTimeout);
  }

  private static Db open(
    int poolSize,
    int maxWaiting,
    Duration acquireTimeout,
    Duration statementTimeout
  ) {
    return await(
      Db.connect(
        data.vertx,
        new DatabaseConfig(
          data.database.url(),
          "hub_app",
          poolSize,
          maxWaiting,
          acquireTimeout,
          statementTimeout
        )
      )
    );
  }
}
