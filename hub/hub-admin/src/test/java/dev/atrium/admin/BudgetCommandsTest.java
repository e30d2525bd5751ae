package dev.atrium.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code budget} as an operator types it. */
class BudgetCommandsTest extends CommandTest {

  @BeforeAll
  void people() {
    sql(
      "INSERT INTO model (name, kind, title) VALUES ('large', 'chat', 'L'), ('starter', 'chat', 'S')"
    );
    ok("department", "add", "Sales");
    ok("user", "add", "ada", "--department", "Sales");
  }

  private JsonNode account(String name) {
    for (JsonNode row : json()) {
      if (row.get("account").asText().equals(name)) {
        return row;
      }
    }
    throw new AssertionError("no " + name + " in " + out);
  }

  @Test
  void setsAPriceAndListsWhatHasNone() {
    ok("budget", "price", "list");
    assertThat(out)
      .containsPattern("large +no price")
      .containsPattern("starter +in force +0 +0 +0");
    ok("budget", "price", "set", "large", "--input", "0.15", "--output", "0.6", "--json");
    assertThat(json().get("input_per_million").asLong()).isEqualTo(150_000);
    assertThat(json().get("cached_per_million").asLong()).isEqualTo(150_000);
    assertThat(lastAudit("price.set").at("/details/after/output_per_million").asLong()).isEqualTo(
      600_000
    );
    ok(
      "budget",
      "price",
      "set",
      "large",
      "--input",
      "1",
      "--cached",
      "0.000001",
      "--output",
      "2",
      "--from",
      "2099-01-01",
      "--until",
      "2100-01-01T12:00"
    );
    ok("budget", "price", "list", "--json");
    assertThat(json().findValuesAsText("state")).containsExactly("in force", "later", "in force");
    assertThat(run("budget", "price", "set", "huge", "--input", "1", "--output", "1")).isEqualTo(
      AdminException.NOT_FOUND
    );
    for (String bad : new String[] { "-1", "x", "0.0000001", "1e30" }) {
      assertThat(run("budget", "price", "set", "large", "--input=" + bad, "--output", "1"))
        .as(bad)
        .isEqualTo(AdminException.USAGE);
    }
  }

  @Test
  void setsWhatIsNamedAndKeepsTheRest() {
    ok(
      "budget",
      "set",
      "department:Sales",
      "--limit",
      "100",
      "--period",
      "month",
      "--member-cap",
      "12.5"
    );
    ok("budget", "set", "department:Sales", "--alert-at", "50,90", "--soft", "70");
    JsonNode record = lastAudit("budget.set");
    assertThat(record.at("/details/before/alert_percents").asText()).isEqualTo("{80,95}");
    assertThat(record.at("/details/after/alert_percents").asText()).isEqualTo("{50,90}");
    assertThat(record.get("actor").asText()).startsWith("operator:");
    ok("budget", "show", "--json");
    JsonNode sales = account("department:Sales");
    assertThat(sales.get("limit_micros").asLong()).isEqualTo(100_000_000);
    assertThat(sales.get("member_cap_micros").asLong()).isEqualTo(12_500_000);
    assertThat(sales.get("period").asText()).isEqualTo("month");
    assertThat(sales.get("since").asText()).endsWith("-01");
    ok("budget", "set", "department:Sales", "--limit", "none", "--alert-at", "none");
    ok("budget", "show", "department:Sales");
    assertThat(out).containsPattern(
      "department:Sales +month +\\d{4}-\\d\\d-01 +0 +0 +70 +12.5 +\\{}"
    );

    assertThat(run("budget", "set", "user:ada")).isEqualTo(AdminException.USAGE);
    assertThat(run("budget", "set", "user:ada", "--member-cap", "1")).isEqualTo(
      AdminException.USAGE
    );
    assertThat(run("budget", "set", "user:ada", "--period", "year")).isEqualTo(
      AdminException.USAGE
    );
    assertThat(run("budget", "set", "user:ada", "--alert-at", "120")).isEqualTo(
      AdminException.USAGE
    );
    assertThat(run("budget", "set", "user:eve", "--limit", "1")).isEqualTo(
      AdminException.NOT_FOUND
    );
    assertThat(run("budget", "set", "ada", "--limit", "1")).isEqualTo(AdminException.USAGE);
    assertThat(err).contains("Say organisation, department:PATH");
  }

  @Test
  void showsWhoPaysForAUser() {
    ok("budget", "set", "project:apollo", "--limit", "5");
    ok("budget", "project", "ada", "apollo");
    ok("budget", "set", "user:ada", "--limit", "2", "--period", "day");
    ok("budget", "show", "user:ada", "--json");
    assertThat(json().findValuesAsText("account")).contains(
      "organisation",
      "project:apollo",
      "user:ada"
    );
    ok("budget", "project", "ada");
    assertThat(lastAudit("budget.project").at("/details/before/project").asText()).isEqualTo(
      "apollo"
    );
    ok("budget", "show", "user:ada", "--json");
    assertThat(json().findValuesAsText("account")).doesNotContain("project:apollo");
  }

  @Test
  void raisesForATimeAndLowersAgain() {
    assertThat(run("budget", "raise", "project:gemini", "5", "--for", "3d")).isEqualTo(
      AdminException.CONFLICT
    );
    ok("budget", "set", "project:gemini", "--limit", "10");
    ok("budget", "raise", "project:gemini", "5", "--for", "3d", "--json");
    String number = json().get("id").asText();
    assertThat(lastAudit("budget.raise").at("/details/after/micros").asLong()).isEqualTo(5_000_000);
    ok("budget", "show", "project:gemini", "--json");
    assertThat(account("project:gemini").get("limit_micros").asLong()).isEqualTo(15_000_000);
    ok("budget", "raises");
    assertThat(out).containsPattern(number + " +project:gemini +5 ");
    ok("budget", "lower", number);
    ok("budget", "show", "project:gemini", "--json");
    assertThat(account("project:gemini").get("limit_micros").asLong()).isEqualTo(10_000_000);
    assertThat(run("budget", "lower", number)).isEqualTo(AdminException.NOT_FOUND);
    assertThat(run("budget", "raise", "project:gemini", "5", "--until", "2001-01-01")).isEqualTo(
      AdminException.USAGE
    );
    assertThat(run("budget", "raise", "project:gemini", "5", "--for", "3 days")).isEqualTo(
      AdminException.USAGE
    );
    assertThat(run("budget", "raise", "project:gemini", "5")).isEqualTo(AdminException.USAGE);
  }

  @Test
  void listsAlerts() {
    ok("budget", "set", "project:mercury", "--limit", "10");
    sql(
      "INSERT INTO budget_alert (account_id, period_start, kind, percent, spent_micros, limit_micros) SELECT id, '-infinity', 'threshold', 80, 8500000, 10000000 FROM budget_account WHERE project = 'mercury'"
    );
    ok("budget", "alerts");
    assertThat(out).containsPattern("project:mercury +threshold +80 +8.5 +10");
    sql("UPDATE budget_alert SET at = now() - interval '2 days'");
    ok("budget", "alerts", "--days", "1", "--json");
    assertThat(json()).isEmpty();
  }

  @Test
  void saysWhichBalancesAreNotTheLedgersAndSetsThemRight() {
    ok("budget", "rebuild", "--check");
    ok("budget", "set", "project:voyager", "--limit", "10");
    sql(
      "INSERT INTO ledger_entry (account_id, period_start, kind, spent_micros) SELECT id, '-infinity', 'adjust', 7 FROM budget_account WHERE project = 'voyager'"
    );
    sql(
      "INSERT INTO budget_balance (account_id, period_start, spent_micros) SELECT id, '-infinity', 9 FROM budget_account WHERE project = 'voyager'"
    );
    assertThat(run("budget", "rebuild", "--check")).isEqualTo(RebuildTask.DIFFERENT);
    assertThat(out).contains("project:voyager");
    ok("budget", "rebuild");
    assertThat(
      lastAudit("budget.rebuild").at("/details/before/balances/0/spent_micros").asInt()
    ).isEqualTo(9);
    ok("budget", "rebuild", "--check", "--json");
    assertThat(json().get("balances")).isEmpty();
    ok("budget", "show", "project:voyager", "--json");
    assertThat(account("project:voyager").get("spent_micros").asLong()).isEqualTo(7);
  }

  @Test
  void setsTheTimeZoneOfPeriods() {
    assertThat(run("budget", "settings", "--time-zone", "Mars/Olympus")).isEqualTo(
      AdminException.NOT_FOUND
    );
    ok("budget", "settings", "--time-zone", "Asia/Shanghai", "--currency", "CNY");
    assertThat(lastAudit("organisation.set").at("/details/before/time_zone").asText()).isEqualTo(
      "UTC"
    );
    ok("budget", "settings");
    assertThat(out).contains("Asia/Shanghai").contains("CNY");
    assertThat(run("budget", "settings", "--currency", "euro")).isEqualTo(AdminException.USAGE);
    ok("budget", "settings", "--time-zone", "UTC", "--currency", "EUR");
  }

  @Test
  void decidesWhetherModelsWithoutAPriceCostNothing() {
    ok("budget", "settings");
    assertThat(out).contains("can't be used");
    sql("INSERT INTO model (name, kind, title) VALUES ('strict', 'chat', 'Strict')");
    ok("budget", "settings", "--free-models", "on");
    sql("INSERT INTO model (name, kind, title) VALUES ('free', 'chat', 'Free')");
    ok("budget", "settings", "--free-models", "off");
    ok("budget", "price", "list");
    assertThat(out).containsPattern("free +in force +0 ").containsPattern("strict +no price");
  }
}
