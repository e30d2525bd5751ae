package dev.atrium.hub.budget;

import static dev.atrium.hub.testing.HubData.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.hub.testing.HubData;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of reservations whose hub is gone. */
class ReservationSweeperTest {

  private static HubData data;
  private static BudgetLedger ledger;
  private static UUID user;
  private UUID generation;

  @BeforeAll
  static void start() {
    data = new HubData();
    ledger = BudgetLedger.create(data.vertx, data.db);
    user = data.user("ada");
    data.database.execute(
      """
      INSERT INTO model (name, kind, title) VALUES ('m', 'chat', 'M');
      INSERT INTO price (model, input_per_million, cached_per_million, output_per_million, valid_from)
      VALUES ('m', 2000000, 1000000, 10000000, now() - interval '1 day')"""
    );
  }

  @AfterAll
  static void stop() {
    data.close();
  }

  @BeforeEach
  void reserve() {
    // What other tests left.
    data.database.execute("UPDATE reservation SET expires_at = now() - interval '1 hour'");
    data.database.value("SELECT budget_sweep(1000, interval '0')");
    generation = UUID.randomUUID();
    await(ledger.reserve(request(generation)));
    // As if its hub had not been heard of for long.
    data.database.execute("UPDATE reservation SET expires_at = now() - interval '1 hour'");
  }

  private static ReservationRequest request(UUID generation) {
    return new ReservationRequest(generation, 1, user, data.department(), "m", 100, 50);
  }

  private void generation(String columns, String values) {
    data.database.execute(
      "INSERT INTO generation (id, user_id, department_id, model, seed, owner, " +
      columns +
      ") SELECT '" +
      generation +
      "', id, department_id, 'm', 1, 'hub-gone', " +
      values +
      " FROM app_user WHERE name = 'ada'"
    );
  }

  private void attempt(String columns, String values) {
    data.database.execute(
      "INSERT INTO attempt (generation_id, number, node_id, prompt_tokens, " +
      columns +
      ") VALUES ('" +
      generation +
      "', 1, 'node', 100, " +
      values +
      ")"
    );
  }

  private String settled() {
    return data.database.value(
      "SELECT coalesce(settled_micros::text, 'open') FROM reservation WHERE generation_id = '" +
      generation +
      "'"
    );
  }

  @Test
  void givesBackWhatNoGenerationNeeds() {
    assertThat(await(ledger.sweep())).isEqualTo(1);
    assertThat(settled()).isEqualTo("0");
    assertThat(await(ledger.sweep())).isZero();
  }

  @Test
  void leavesWhatIsNotOverYet() {
    data.database.execute("UPDATE reservation SET expires_at = now() + interval '1 hour'");
    assertThat(await(ledger.sweep())).isZero();
    assertThat(settled()).isEqualTo("open");
  }

  @Test
  void neverTouchesARunningAttemptHoweverOld() {
    generation("status", "'running'");
    attempt("status", "'running'");
    assertThat(await(ledger.sweep())).isZero();
    assertThat(settled()).isEqualTo("open");
    // Whoever takes the answer over goes on with the same reservation.
    assertThat(
      await(ledger.topUp(new Reservation(generation, 1, 50, 700), 50)).allowedTokens()
    ).isEqualTo(100);
    await(ledger.settle(generation, 1, Usage.NONE));
    assertThat(settled()).isEqualTo("0");
  }

  @Test
  void settlesWhatHasEndedToExactlyWhatItUsed() {
    generation("status, finished_at", "'done', now() - interval '1 minute'");
    attempt(
      "status, cached_tokens, completion_tokens, finished_at",
      "'done', 40, 30, now() - interval '1 minute'"
    );
    assertThat(await(ledger.sweep())).isEqualTo(1);
    assertThat(settled()).isEqualTo(String.valueOf(60 * 2 + 40 + 30 * 10));
    // The hub was only slow: it settles after all, and it counts once.
    await(ledger.settle(generation, 1, new Usage(100, 40, 30)));
    assertThat(settled()).isEqualTo("460");
  }

  @Test
  void leavesAHubTheTimeToSettleItself() {
    generation("status, finished_at", "'done', now()");
    attempt("status, completion_tokens, finished_at", "'done', 30, now()");
    assertThat(await(ledger.sweep())).isZero();
  }

  @Test
  void settlesALostAttemptOfAnAnswerThatGoesOn() {
    generation("status, attempt", "'running', 2");
    attempt("status, completion_tokens, finished_at", "'lost', 20, now() - interval '1 minute'");
    assertThat(await(ledger.sweep())).isEqualTo(1);
    assertThat(settled()).isEqualTo("400");
  }

  @Test
  void manySweepersSettleEachOnce() {
    List<Future<Reservation>> more = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      more.add(ledger.reserve(request(UUID.randomUUID())));
    }
    await(Future.all(more));
    data.database.execute("UPDATE reservation SET expires_at = now() - interval '1 hour'");
    int swept = 0;
    for (int round = 0; swept < 151 && round < 20; round++) {
      List<Future<Integer>> sweepers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        sweepers.add(ledger.sweep());
      }
      await(Future.all(sweepers));
      swept += sweepers.stream().mapToInt(Future::result).sum();
    }
    assertThat(swept).isEqualTo(151);
    assertThat(data.database.value("SELECT sum(reserved_micros) FROM budget_balance")).isEqualTo(
      "0"
    );
    assertThat(data.database.value("SELECT count(*) FROM budget_differences()")).isEqualTo("0");
    assertThat(data.database.value("SELECT count(*) FROM budget_unpaid()")).isEqualTo("0");
  }
}
