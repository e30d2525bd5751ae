package dev.atrium.hub.budget;

import static dev.atrium.hub.testing.HubData.await;
import static dev.atrium.hub.testing.HubData.count;
import static dev.atrium.hub.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.testing.HubData;
import dev.atrium.hub.testing.Waits;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BudgetLedgerTest {

  private static HubData data;
  private static BudgetLedger ledger;
  private static int users;
  private UUID user;
  private UUID department;

  @BeforeAll
  static void start() {
    data = new HubData();
    ledger = BudgetLedger.create(data.vertx, data.db);
  }

  @AfterAll
  static void stop() {
    data.close();
  }

  /** Prices: 2 micro-units a prompt token, 1 a cached one, 10 a token of the answer. */
  @BeforeEach
  void startAfresh() {
    // Only a superuser can switch the triggers off that keep the ledger from being emptied.
    data.database.execute(
      """
      SET session_replication_role = replica;
      TRUNCATE ledger_entry, budget_balance, reservation, budget_account, project_member, price, model CASCADE;
      SET session_replication_role = origin;
      DELETE FROM department WHERE parent_id IS NOT NULL;
      INSERT INTO budget_account (kind) VALUES ('organisation');
      INSERT INTO model (name, kind, title) VALUES ('priced', 'chat', 'Priced'), ('free', 'chat', 'Free'), ('unpriced', 'chat', 'Unpriced');
      INSERT INTO price (model, input_per_million, cached_per_million, output_per_million, valid_from)
      VALUES ('priced', 2000000, 1000000, 10000000, now() - interval '1 day'), ('free', 0, 0, 0, now() - interval '1 day')"""
    );
    user = data.user("user" + ++users);
    department = data.department();
  }

  private void limitUser(long micros) {
    data.database.execute(
      "INSERT INTO budget_account (kind, user_id, limit_micros) VALUES ('user', '" +
      user +
      "', " +
      micros +
      ")"
    );
  }

  private Future<Reservation> reserve(
    UUID generation,
    int attempt,
    String model,
    int prompt,
    int slice
  ) {
    var request = new ReservationRequest(
      generation,
      attempt,
      user,
      department,
      model,
      prompt,
      slice
    );
    return ledger.reserve(request);
  }

  private Future<Void> settle(UUID generation, int attempt, Usage usage) {
    return ledger.settle(generation, attempt, usage);
  }

  private Balance organisation() {
    return await(ledger.balances(user))
      .stream()
      .filter(b -> b.kind().equals("organisation"))
      .findFirst()
      .orElseThrow();
  }

  private void assertLedgerEqualsBalances() {
    assertThat(
      data.database.value(
        """
        SELECT count(*) FROM budget_balance b, budget_rebuilt(b.account_id, b.period_start) r
        WHERE (b.reserved_micros, b.spent_micros) IS DISTINCT FROM (r.reserved_micros, r.spent_micros)"""
      )
    ).isEqualTo("0");
  }

  @Test
  void reservesThenSettlesToExactlyWhatWasUsed() {
    var generation = UUID.randomUUID();
    var held = await(reserve(generation, 1, "priced", 100, 256));
    assertThat(held.allowedTokens()).isEqualTo(256);
    assertThat(held.reservedMicros()).isEqualTo(100 * 2 + 256 * 10);
    assertThat(organisation().reservedMicros()).isEqualTo(held.reservedMicros());

    await(settle(generation, 1, new Usage(100, 40, 30)));
    assertThat(organisation().reservedMicros()).isZero();
    assertThat(organisation().spentMicros()).isEqualTo(60 * 2 + 40 + 30 * 10);
    assertLedgerEqualsBalances();
  }

  @Test
  void recordsTheUsageOfAModelThatCostsNothing() {
    var generation = UUID.randomUUID();
    await(reserve(generation, 1, "free", 100, 256));
    await(settle(generation, 1, new Usage(100, 0, 12)));
    assertThat(organisation().spentMicros()).isZero();
    assertThat(
      data.database.value(
        "SELECT used_prompt || '/' || used_completion FROM reservation WHERE generation_id = '" +
        generation +
        "'"
      )
    ).isEqualTo("100/12");
  }

  @Test
  void roundsUpOnceForTheWhole() {
    data.database.execute("UPDATE price SET output_per_million = 1, input_per_million = 0");
    var generation = UUID.randomUUID();
    await(reserve(generation, 1, "priced", 5, 10));
    await(settle(generation, 1, new Usage(5, 0, 3)));
    assertThat(organisation().spentMicros()).isEqualTo(1);
  }

  @Test
  void refusesWhenTheBudgetIsSpentAndHoldsNothing() {
    limitUser(350);
    // The prompt leaves room for 15 tokens of an answer, which nobody wants.
    assertRefused(reserve(UUID.randomUUID(), 1, "priced", 100, 256), ErrorCode.BUDGET_EXHAUSTED);
    assertThat(organisation().reservedMicros()).isZero();
    await(reserve(UUID.randomUUID(), 1, "priced", 100, 15));
    assertRefused(reserve(UUID.randomUUID(), 1, "priced", 1, 0), ErrorCode.BUDGET_EXHAUSTED);
    assertLedgerEqualsBalances();
  }

  @Test
  void givesAsMuchOfASliceAsThereIsRoomFor() {
    limitUser(1_000);
    var held = await(reserve(UUID.randomUUID(), 1, "priced", 100, 256));
    assertThat(held.allowedTokens()).isEqualTo(80);
    await(settle(held.generationId(), 1, new Usage(100, 0, 30)));
    // 500 are left: a prompt of 50, a slice of 20, and 20 tokens more.
    var second = await(reserve(UUID.randomUUID(), 1, "priced", 50, 20));
    var topped = await(ledger.topUp(second, 256));
    assertThat(topped.allowedTokens()).isEqualTo(40);
    assertRefused(ledger.topUp(topped, 256), ErrorCode.BUDGET_EXHAUSTED);
    assertLedgerEqualsBalances();
  }

  @Test
  void saysWhichAccountRefuses() {
    limitUser(0);
    assertThatThrownBy(() -> await(reserve(UUID.randomUUID(), 1, "priced", 1, 1)))
      .asInstanceOf(InstanceOfAssertFactories.type(AtriumException.class))
      .extracting(AtriumException::args)
      .isEqualTo(Map.of("account", "user"));
  }

  @Test
  void refusesAModelThatHasNoPriceNow() {
    assertRefused(reserve(UUID.randomUUID(), 1, "unpriced", 1, 1), ErrorCode.NO_PRICE);
    setPrice("now() + interval '1 hour'", "NULL");
    assertRefused(reserve(UUID.randomUUID(), 1, "unpriced", 1, 1), ErrorCode.NO_PRICE);
    setPrice("now() - interval '2 hours'", "now() - interval '1 hour'");
    assertRefused(reserve(UUID.randomUUID(), 1, "unpriced", 1, 1), ErrorCode.NO_PRICE);
    setPrice("now() - interval '1 minute'", "now() + interval '1 hour'");
    await(reserve(UUID.randomUUID(), 1, "unpriced", 1, 1));
  }

  private static void setPrice(String from, String until) {
    data.database.execute(
      "INSERT INTO price (model, input_per_million, cached_per_million, output_per_million, valid_from, valid_to)" +
      " VALUES ('unpriced', 1, 1, 1, " +
      from +
      ", " +
      until +
      ")"
    );
  }

  @Test
  void keepsThePriceThatAnAnswerBeganWith() {
    var held = await(reserve(UUID.randomUUID(), 1, "priced", 0, 16));
    data.database.execute("UPDATE price SET output_per_million = 90000000 WHERE model = 'priced'");
    var topped = await(ledger.topUp(held, 16));
    assertThat(topped.reservedMicros()).isEqualTo(320);
    await(settle(held.generationId(), 1, new Usage(0, 0, 32)));
    assertThat(organisation().spentMicros()).isEqualTo(320);
  }

  @Test
  void refusesEvenWhatIsFreeOnALimitOfNothing() {
    limitUser(0);
    assertRefused(reserve(UUID.randomUUID(), 1, "free", 1, 1), ErrorCode.BUDGET_EXHAUSTED);
  }

  @Test
  void asksEveryDepartmentAboveToo() {
    data.database.execute(
      """
      WITH root AS (SELECT id FROM department WHERE parent_id IS NULL)
      INSERT INTO department (name, parent_id) SELECT 'Sales', id FROM root"""
    );
    data.database.execute(
      """
      INSERT INTO budget_account (kind, department_id, limit_micros)
      SELECT 'department', id, CASE WHEN parent_id IS NULL THEN 50 END FROM department"""
    );
    department = UUID.fromString(
      data.database.value("SELECT id FROM department WHERE name = 'Sales'")
    );
    assertRefused(reserve(UUID.randomUUID(), 1, "priced", 0, 6), ErrorCode.BUDGET_EXHAUSTED);
    await(reserve(UUID.randomUUID(), 1, "priced", 0, 5));
    assertThat(
      data.database.value("SELECT count(*) FROM ledger_entry WHERE kind = 'reserve'")
    ).isEqualTo("3");
  }

  @Test
  void topsUpUntilTheLimitAndKeepsWhatItHad() {
    limitUser(1_000);
    var held = await(reserve(UUID.randomUUID(), 1, "priced", 100, 40));
    var more = await(ledger.topUp(held, 40));
    assertThat(more.allowedTokens()).isEqualTo(80);
    assertThat(more.reservedMicros()).isEqualTo(1_000);
    assertRefused(ledger.topUp(more, 1), ErrorCode.BUDGET_EXHAUSTED);
    await(settle(more.generationId(), 1, new Usage(100, 0, 80)));
    assertThat(organisation().spentMicros()).isEqualTo(1_000);
    assertLedgerEqualsBalances();
  }

  @Test
  void countsARepeatOnlyOnce() {
    var generation = UUID.randomUUID();
    var held = await(reserve(generation, 1, "priced", 100, 10));
    assertThat(await(reserve(generation, 1, "priced", 100, 10))).isEqualTo(held);
    var more = await(ledger.topUp(held, 10));
    assertThat(await(ledger.topUp(held, 10))).isEqualTo(more);
    await(settle(generation, 1, new Usage(100, 0, 15)));
    await(settle(generation, 1, new Usage(100, 0, 99)));
    assertThat(organisation().spentMicros()).isEqualTo(350);
    assertThat(organisation().reservedMicros()).isZero();
    assertLedgerEqualsBalances();
  }

  /** Such as a hub and the sweeper of another. */
  @Test
  void whoComesSecondWaitsAndFindsItSettled() throws Exception {
    var generation = UUID.randomUUID();
    await(reserve(generation, 1, "priced", 100, 256));
    try (var first = data.database.connect(); var statement = first.createStatement()) {
      first.setAutoCommit(false);
      statement.execute(
        "SELECT budget_apply('{settle}', '{%s}', '{1}', '{null}', '{null}', '{null}', '{100}', '{0}', '{30}', '0')".formatted(
          generation
        )
      );
      Future<Void> second = settle(generation, 1, new Usage(100, 0, 99));
      Waits.until("the second waits", () ->
        data.database
          .value(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = " +
            "(SELECT oid FROM pg_database WHERE datname = current_database())"
          )
          .equals("1")
      );
      first.commit();
      await(second);
    }
    assertThat(organisation().spentMicros()).isEqualTo(100 * 2 + 30 * 10);
    assertLedgerEqualsBalances();
  }

  @Test
  void billsThePromptOnceHoweverManyAttemptsThereAre() {
    var generation = UUID.randomUUID();
    await(reserve(generation, 1, "priced", 100, 50));
    await(settle(generation, 1, new Usage(100, 0, 20)));
    var second = await(reserve(generation, 2, "priced", 120, 50));
    assertThat(second.reservedMicros()).isEqualTo(500);
    await(settle(generation, 2, new Usage(120, 0, 30)));
    assertThat(organisation().spentMicros()).isEqualTo(100 * 2 + 50 * 10);
  }

  @Test
  void billsThePromptToTheSecondAttemptIfTheFirstNeverBegan() {
    var generation = UUID.randomUUID();
    await(reserve(generation, 1, "priced", 100, 50));
    await(settle(generation, 1, Usage.NONE));
    await(reserve(generation, 2, "priced", 100, 50));
    await(settle(generation, 2, new Usage(100, 0, 1)));
    assertThat(organisation().spentMicros()).isEqualTo(210);
  }

  @Test
  void neverSpendsWhatWasNotReserved() {
    var generation = UUID.randomUUID();
    var held = await(reserve(generation, 1, "priced", 100, 10));
    await(settle(generation, 1, new Usage(100, 0, 500)));
    assertThat(organisation().spentMicros()).isEqualTo(held.reservedMicros());
  }

  @Test
  void settlesAnAttemptThatNeverReservedForNothing() {
    await(settle(UUID.randomUUID(), 1, new Usage(5, 0, 5)));
    assertThat(data.database.value("SELECT count(*) FROM ledger_entry")).isEqualTo("0");
  }

  @Test
  void neverPassesTheLimitWhenManySpendAtOnce() {
    var callers = count(120, 2_000);
    limitUser(50L * 600);
    var outcomes = new ArrayList<Future<Void>>();
    for (var i = 0; i < callers; i++) {
      outcomes.add(spend(UUID.randomUUID()));
    }
    await(Future.join(outcomes).otherwiseEmpty());

    for (var outcome : outcomes) {
      if (outcome.failed()) {
        assertThat(outcome.cause()).isInstanceOfSatisfying(AtriumException.class, e ->
          assertThat(e.code()).isEqualTo(ErrorCode.BUDGET_EXHAUSTED)
        );
      }
    }
    assertThat(outcomes.stream().filter(Future::succeeded).count()).isPositive();
    assertThat(organisation().reservedMicros()).isZero();
    assertThat(organisation().spentMicros()).isPositive().isLessThanOrEqualTo(50L * 600);
    assertThat(
      data.database.value(
        "SELECT sum(used_prompt * 2 + used_completion * 10) - (SELECT spent_micros FROM budget_balance b" +
        " JOIN budget_account a ON a.id = b.account_id WHERE a.kind = 'organisation') FROM reservation"
      )
    ).isEqualTo("0");
    assertLedgerEqualsBalances();
  }

  /** Prompt and slice cost 300, the top-up 300 more; all that is given is used. */
  private Future<Void> spend(UUID generation) {
    return reserve(generation, 1, "priced", 50, 20).compose(held ->
        ledger
          .topUp(held, 30)
          .map(Reservation::allowedTokens)
          .otherwise(held.allowedTokens())
          .compose(tokens -> settle(generation, 1, new Usage(50, 0, tokens)))
      );
  }

  @Test
  void keepsALedgerThatNobodyCanAlter() {
    await(reserve(UUID.randomUUID(), 1, "priced", 100, 10));
    for (var sql : List.of(
      "UPDATE ledger_entry SET spent_micros = 0",
      "DELETE FROM ledger_entry"
    )) {
      assertThatThrownBy(() -> data.database.execute(sql)).hasRootCauseMessage(
        "ERROR: ledger_entry is append-only\n  Where: PL/pgSQL function refuse_change() line 3 at RAISE"
      );
    }
  }
}
