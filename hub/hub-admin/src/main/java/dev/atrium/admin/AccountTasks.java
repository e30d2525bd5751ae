package dev.atrium.admin;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What {@code deploy/atrium budget} can do with accounts, and what it tells of them. */
final class AccountTasks {

  private static final String NONE = "none";

  private AccountTasks() {}

  @Command(
    name = "show",
    description = "Where the accounts stand in their present period: all of them; those that pay for a user; a department and the shares of its members.",
    mixinStandardHelpOptions = true
  )
  static final class Show extends Task {

    private static final String ROWS =
      Payer.NAMED +
      """
        SELECT n.account, n.its_period AS period,
          CASE WHEN isfinite(s.starts) THEN to_char(s.starts AT TIME ZONE o.time_zone, 'YYYY-MM-DD') END AS since,
          CASE WHEN isfinite(s.ends) THEN to_char(s.ends AT TIME ZONE o.time_zone, 'YYYY-MM-DD') END AS until,
          s.most AS limit_micros, n.soft_micros, n.member_cap_micros, n.alert_percents::text AS alert_percents,
          coalesce(b.spent_micros, 0) AS spent_micros, coalesce(b.reserved_micros, 0) AS reserved_micros,
          s.most - coalesce(b.spent_micros, 0) - coalesce(b.reserved_micros, 0) AS left_micros
        FROM named n CROSS JOIN organisation o
        CROSS JOIN LATERAL (SELECT budget_period_start(n.its_period, now()) AS starts,
          budget_period_end(n.its_period, now()) AS ends, budget_limit_of(n.id, now()) AS most) s
        LEFT JOIN budget_balance b ON b.account_id = n.id AND b.period_start = s.starts
        """;
    private static final String ORDER = " ORDER BY n.kind <> 'organisation', n.kind, n.account";

    @Parameters(arity = "0..1", paramLabel = "SUBJECT", description = Payer.WORDS)
    private String subject;

    @Override
    int run(Work work) throws SQLException {
      List<Map<String, Object>> rows = rows(work);
      if (!json()) {
        for (Map<String, Object> row : rows) {
          for (String amount : List.of(
            "limit",
            "spent",
            "reserved",
            "left",
            "member_cap",
            "soft"
          )) {
            row.put(amount, Money.words(row.get(amount + "_micros")));
          }
        }
      }
      table(
        List.of(
          "account",
          "period",
          "since",
          "limit",
          "spent",
          "reserved",
          "left",
          "soft",
          "member_cap",
          "alert_percents"
        ),
        rows
      );
      return 0;
    }

    private List<Map<String, Object>> rows(Work work) throws SQLException {
      if (subject == null) {
        return work.rows(ROWS + "WHERE n.kind <> 'member'" + ORDER);
      }
      Payer payer = Payer.of(subject, new Directory(work));
      if (payer.kind().equals("user")) {
        return work.rows(
          ROWS +
          """
          WHERE n.id IN (SELECT p.account_id FROM app_user u
            CROSS JOIN LATERAL budget_accounts_of(u.id, u.department_id) p WHERE u.id = ?)""" +
          ORDER,
          payer.user()
        );
      }
      Object id = payer
        .find(work)
        .orElseThrow(() -> Directory.missing("budget for", subject))
        .get("id");
      return work.rows(ROWS + "WHERE n.id = ? OR n.pool_id = ?" + ORDER, id, id);
    }
  }

  @Command(
    name = "set",
    description = "Sets what a subject may spend in a period; what is not named stays as it is. Those above it must have room as well.",
    mixinStandardHelpOptions = true
  )
  static final class Set extends Task {

    @Parameters(paramLabel = "SUBJECT", description = Payer.WORDS)
    private String subject;

    @Option(
      names = "--limit",
      paramLabel = "AMOUNT",
      description = "The most that is spent; 0 for nothing at all, none for no limit."
    )
    private String limit;

    @Option(
      names = "--soft",
      paramLabel = "AMOUNT",
      description = "Raises an alert and refuses nothing; or none."
    )
    private String soft;

    @Option(
      names = "--period",
      paramLabel = "PERIOD",
      description = "day, week, month, or none: for ever. A new period begins with nothing spent."
    )
    private String period;

    @Option(
      names = "--alert-at",
      paramLabel = "PERCENT",
      split = ",",
      description = "Of the limit; each raises an alert once a period (default: 80,95); or none."
    )
    private List<String> percents;

    @Option(
      names = "--member-cap",
      paramLabel = "AMOUNT",
      description = "The most that any one member spends of a department's budget; or none."
    )
    private String cap;

    @Override
    int run(Work work) throws SQLException {
      if (limit == null && soft == null && period == null && percents == null && cap == null) {
        throw new AdminException(
          AdminException.USAGE,
          "Say what to set: --limit, --soft, --period, --alert-at or --member-cap."
        );
      }
      Payer payer = Payer.of(subject, new Directory(work));
      if (cap != null && !payer.kind().equals("department")) {
        throw new AdminException(AdminException.USAGE, "Only a department has members to cap.");
      }
      if (period != null && !List.of(NONE, "day", "week", "month").contains(period)) {
        throw new AdminException(AdminException.USAGE, "A period is day, week, month or none.");
      }
      Map<String, Object> before = payer.open(work);
      Object id = before.get("id");
      change(work, "limit_micros", limit, id);
      change(work, "soft_micros", soft, id);
      change(work, "member_cap_micros", cap, id);
      if (period != null) {
        work.change("UPDATE budget_account SET period = ? WHERE id = ?", period, id);
      }
      if (percents != null) {
        work.change(
          "UPDATE budget_account SET alert_percents = ?::smallint[] WHERE id = ?",
          percents(percents),
          id
        );
      }
      work.change("UPDATE budget_account SET revision = revision + 1 WHERE id = ?", id);
      Map<String, Object> after = payer.find(work).orElseThrow();
      work.record("budget.set", "budget_account", id, before, after);
      Map<String, Object> row = new LinkedHashMap<>(after);
      row.put("account", subject);
      done(subject + ": " + words(after) + ".", row);
      return 0;
    }

    private static void change(Work work, String column, String amount, Object id)
      throws SQLException {
      if (amount != null) {
        work.change(
          "UPDATE budget_account SET " + column + " = ? WHERE id = ?",
          amount.equals(NONE) ? null : Money.micros(amount),
          id
        );
      }
    }

    private static String percents(List<String> given) {
      List<Integer> numbers = new ArrayList<>();
      for (String one : given.equals(List.of(NONE)) ? List.<String>of() : given) {
        try {
          numbers.add(Integer.parseInt(one.strip()));
        } catch (NumberFormatException e) {
          throw new AdminException(
            AdminException.USAGE,
            "“" + one + "” is no percentage. Say something like --alert-at 50,80,95.",
            e
          );
        }
      }
      return numbers.toString().replace('[', '{').replace(']', '}');
    }

    private static String words(Map<String, Object> account) {
      Object limit = account.get("limit_micros");
      String period = account.get("period").toString();
      return (
        (limit == null ? "no limit" : Money.words(limit)) +
        (period.equals(NONE) ? "" : " a " + period) +
        (account.containsKey("member_cap_micros")
            ? ", " + Money.words(account.get("member_cap_micros")) + " for each member"
            : "")
      );
    }
  }

  @Command(
    name = "alerts",
    description = "Thresholds and soft limits that were reached, and first refusals, newest first.",
    mixinStandardHelpOptions = true
  )
  static final class Alerts extends Task {

    @Option(
      names = "--days",
      paramLabel = "N",
      description = "How far back (default: 31).",
      defaultValue = "31"
    )
    private int days;

    @Override
    int run(Work work) throws SQLException {
      List<Map<String, Object>> rows = work.rows(
        Payer.NAMED +
        """
        SELECT l.at, n.account, l.kind, nullif(l.percent, 0) AS percent, l.spent_micros, l.limit_micros
        FROM budget_alert l JOIN named n ON n.id = l.account_id
        WHERE l.at > now() - make_interval(days => ?) ORDER BY l.id DESC LIMIT 1000""",
        days
      );
      if (!json()) {
        for (Map<String, Object> row : rows) {
          row.put("spent", Money.words(row.get("spent_micros")));
          row.put("limit", Money.words(row.get("limit_micros")));
        }
      }
      table(List.of("at", "account", "kind", "percent", "spent", "limit"), rows);
      return 0;
    }
  }
}
