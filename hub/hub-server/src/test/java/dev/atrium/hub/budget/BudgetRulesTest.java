package dev.atrium.hub.budget;

import static dev.atrium.hub.testing.HubData.await;
import static dev.atrium.hub.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.ErrorCode;
import dev.atrium.hub.testing.HubData;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Periods, increases, caps, projects and alerts. A token of an answer costs one micro-unit, a prompt nothing. */
class BudgetRulesTest {

  private static HubData data;
  private static BudgetLedger ledger;
  private static int names;
  private UUID user;
  private UUID department;

  @BeforeAll
  static void start() {
    data = new HubData();
    ledger = BudgetLedger.create(data.vertx, data.db);
    data.database.execute(
      """
      INSERT INTO model (name, kind, title) VALUES ('m', 'chat', 'M');
      INSERT INTO price (model, input_per_million, cached_per_million, output_per_million, valid_from)
      VALUES ('m', 0, 0, 1000000, now() - interval '1 day')"""
    );
  }

  @AfterAll
  static void stop() {
    data.close();
  }

  /** Everybody in a department of their own, so that no test spends another's money. */
  @BeforeEach
  void aDepartment() {
    department = UUID.fromString(
      data.database.value(
        "INSERT INTO department (name, parent_id) SELECT 'd" +
        ++names +
        "', id FROM department WHERE parent_id IS NULL RETURNING id"
      )
    );
    user = member();
  }

  private UUID member() {
    return data.user("u" + ++names);
  }

  private UUID account(String columns, String values) {
    return UUID.fromString(
      data.database.value(
        "INSERT INTO budget_account (" + columns + ") VALUES (" + values + ") RETURNING id"
      )
    );
  }

  private UUID departmentAccount(String columns, String values) {
    return account(
      "kind, department_id, " + columns,
      "'department', '" + department + "', " + values
    );
  }

  private Future<Reservation> reserve(UUID who, int tokens) {
    return ledger.reserve(
      new ReservationRequest(UUID.randomUUID(), 1, who, department, "m", 10, tokens)
    );
  }

  private void spend(UUID who, int tokens) {
    Reservation held = await(reserve(who, tokens));
    assertThat(held.allowedTokens()).isEqualTo(tokens);
    await(ledger.settle(held.generationId(), 1, new Usage(10, 0, tokens)));
  }

  private static List<String> alerts(UUID account) {
    String all = data.database.value(
      "SELECT string_agg(kind || percent, ' ' ORDER BY id) FROM budget_alert WHERE account_id = '" +
      account +
      "'"
    );
    return all == null ? List.of() : List.of(all.split(" "));
  }

  private static String audited(UUID account) {
    return data.database.value(
      "SELECT count(*) FROM audit_record WHERE action = 'budget.alert' AND target_id = '" +
      account +
      "'"
    );
  }

  @Test
  void beginsAnewInEachPeriod() {
    departmentAccount("period, limit_micros", "'day', 100");
    // Places 26 hours apart never have the same date.
    zone("Pacific/Kiritimati");
    spend(user, 100);
    assertRefused(reserve(user, 100), ErrorCode.BUDGET_EXHAUSTED);
    zone("Etc/GMT+12");
    try {
      spend(user, 100);
      assertRefused(reserve(user, 100), ErrorCode.BUDGET_EXHAUSTED);
    } finally {
      zone("UTC");
    }
  }

  private static void zone(String name) {
    data.database.execute("UPDATE organisation SET time_zone = '" + name + "'");
  }

  @Test
  void anAnswerIsPaidFromThePeriodInWhichItBegan() {
    UUID account = departmentAccount("period, limit_micros", "'day', 100");
    zone("Pacific/Kiritimati");
    Reservation held = await(reserve(user, 60));
    zone("Etc/GMT+12");
    try {
      assertThat(await(ledger.topUp(held, 60)).allowedTokens()).isEqualTo(100);
      await(ledger.settle(held.generationId(), 1, new Usage(10, 0, 100)));
      assertThat(
        data.database.value(
          "SELECT count(*) || '/' || sum(spent_micros) FROM budget_balance WHERE account_id = '" +
          account +
          "'"
        )
      ).isEqualTo("1/100");
    } finally {
      zone("UTC");
    }
  }

  @Test
  void anIncreaseCountsUntilItExpires() {
    UUID account = departmentAccount("limit_micros", "100");
    spend(user, 100);
    assertRefused(reserve(user, 50), ErrorCode.BUDGET_EXHAUSTED);
    data.database.execute(
      "INSERT INTO budget_increase (account_id, micros, expires_at) VALUES ('" +
      account +
      "', 50, now() + interval '1 hour'), ('" +
      account +
      "', 5000, now())"
    );
    data.database.execute(
      "INSERT INTO budget_increase (account_id, micros, starts_at, expires_at) VALUES ('" +
      account +
      "', 5000, now() + interval '1 hour', now() + interval '2 hours')"
    );
    spend(user, 30);
    assertThat(await(reserve(user, 50)).allowedTokens()).isEqualTo(20);
    data.database.execute(
      "UPDATE budget_increase SET starts_at = now() - interval '2 s', expires_at = now()"
    );
    assertRefused(reserve(user, 16), ErrorCode.BUDGET_EXHAUSTED);
  }

  @Test
  void oneMemberCanNotSpendThePoolOfAll() {
    UUID pool = departmentAccount("limit_micros", "250");
    UUID other = member();
    spend(user, 40);
    // A cap that is set later counts what was spent before it.
    data.database.execute(
      "UPDATE budget_account SET member_cap_micros = 100 WHERE id = '" + pool + "'"
    );
    assertThat(await(reserve(user, 100)).allowedTokens()).isEqualTo(60);
    assertRefused(reserve(user, 16), ErrorCode.BUDGET_EXHAUSTED);
    spend(other, 100);
    // The pool has 50 left, whatever a member's share would allow.
    assertThat(await(reserve(member(), 100)).allowedTokens()).isEqualTo(50);
    data.database.execute(
      "UPDATE budget_account SET limit_micros = NULL, member_cap_micros = NULL WHERE id = '" +
      pool +
      "'"
    );
    spend(user, 500);
  }

  @Test
  void manyMembersAtOnceStayBelowTheirCaps() {
    departmentAccount("limit_micros, member_cap_micros", "1000, 64");
    List<UUID> members = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      members.add(member());
    }
    List<Future<Reservation>> held = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      held.add(reserve(members.get(i % 10), 40));
    }
    await(Future.join(held).otherwiseEmpty());
    int given = held
      .stream()
      .filter(Future::succeeded)
      .mapToInt(h -> h.result().allowedTokens())
      .sum();
    assertThat(given).isEqualTo(640);
    assertThat(
      data.database.value(
        "SELECT max(b.reserved_micros) FROM budget_balance b JOIN budget_account a ON a.id = b.account_id" +
        " JOIN budget_account p ON p.id = a.pool_id AND p.department_id = '" +
        department +
        "'"
      )
    ).isEqualTo("64");
  }

  @Test
  void aProjectPaysAlong() {
    String project = "p" + ++names;
    account("kind, project, limit_micros", "'project', '" + project + "', 100");
    data.database.execute("INSERT INTO project_member VALUES ('" + user + "', '" + project + "')");
    assertThat(await(reserve(user, 256)).allowedTokens()).isEqualTo(100);
    assertRefused(reserve(user, 16), ErrorCode.BUDGET_EXHAUSTED);
    spend(member(), 256);
  }

  @Test
  void aThresholdAlertsOncePerPeriodAndIsAudited() {
    UUID account = departmentAccount(
      "period, limit_micros, soft_micros, alert_percents",
      "'day', 100, 60, '{50,90}'"
    );
    zone("Pacific/Kiritimati");
    spend(user, 49);
    assertThat(alerts(account)).isEmpty();
    spend(user, 1);
    spend(user, 16);
    assertThat(alerts(account)).containsExactly("threshold50", "soft0");
    spend(user, 30);
    assertRefused(reserve(user, 16), ErrorCode.BUDGET_EXHAUSTED);
    assertRefused(reserve(user, 16), ErrorCode.BUDGET_EXHAUSTED);
    assertThat(alerts(account)).containsExactly(
      "threshold50",
      "soft0",
      "threshold90",
      "exhausted0"
    );
    assertThat(audited(account)).isEqualTo("4");
    zone("Etc/GMT+12");
    try {
      spend(user, 50);
      assertThat(alerts(account)).hasSize(5).endsWith("threshold50");
    } finally {
      zone("UTC");
    }
  }

  @Test
  void manyWhoPassAThresholdAtOnceRaiseOneAlert() {
    UUID account = departmentAccount("limit_micros", "100000");
    List<Future<Void>> all = new ArrayList<>();
    BudgetLedger second = BudgetLedger.create(data.vertx, data.db);
    for (int i = 0; i < 80; i++) {
      BudgetLedger hub = i % 2 == 0 ? ledger : second;
      var request = new ReservationRequest(UUID.randomUUID(), 1, user, department, "m", 1, 1_100);
      all.add(
        hub
          .reserve(request)
          .compose(held -> hub.settle(held.generationId(), 1, new Usage(1, 0, 1_100)))
      );
    }
    await(Future.all(all));
    assertThat(alerts(account)).containsExactly("threshold80");
  }
}
