package dev.atrium.admin;

import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code deploy/atrium budget …}. Amounts are in units of the organisation's currency. */
@Command(
  name = "budget",
  description = "Prices, and what may be spent.",
  mixinStandardHelpOptions = true,
  subcommands = {
    BudgetCommand.Show.class,
    BudgetCommand.Set.class,
    BudgetCommand.Raise.class,
    BudgetCommand.Raises.class,
    BudgetCommand.Lower.class,
    BudgetCommand.Alerts.class,
    BudgetCommand.Project.class,
    BudgetCommand.Settings.class,
    BudgetCommand.Rebuild.class,
    PriceCommand.class,
  }
)
final class BudgetCommand implements Runnable {

  /** Of {@code rebuild --check}: something differs. */
  static final int DIFFERENT = 2;

  private static final String NONE = "none";

  /** Names accounts as they are typed; a member's share as {@code member:PATH:NAME}. */
  private static final String NAMED =
    Directory.DEPARTMENTS +
    """
      , named AS (
        SELECT a.*, coalesce(p.period, a.period) AS its_period,
          CASE a.kind WHEN 'organisation' THEN a.kind WHEN 'department' THEN 'department:' || t.path
            WHEN 'user' THEN 'user:' || u.name WHEN 'project' THEN 'project:' || a.project
            ELSE 'member:' || t.path || ':' || u.name END AS account
        FROM budget_account a
        LEFT JOIN budget_account p ON p.id = a.pool_id
        LEFT JOIN tree t ON t.id = coalesce(a.department_id, p.department_id)
        LEFT JOIN app_user u ON u.id = a.user_id
      )
      """;

  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command of `budget`?");
  }

  @Command(
    name = "show",
    description = "Where the accounts stand in their present period: all of them; those that pay for a user; a department and the shares of its members.",
    mixinStandardHelpOptions = true
  )
  static final class Show extends Task {

    private static final String ROWS =
      NAMED +
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
    name = "raise",
    description = "Adds to a limit for a time, and says the number of the increase.",
    mixinStandardHelpOptions = true
  )
  static final class Raise extends Task {

    @Parameters(index = "0", paramLabel = "SUBJECT", description = Payer.WORDS)
    private String subject;

    @Parameters(index = "1", paramLabel = "AMOUNT")
    private String amount;

    @ArgGroup(multiplicity = "1")
    private End end;

    static final class End {

      @Option(names = "--for", paramLabel = "SPAN", description = "Such as 12h, 3d or 2w.")
      private String span;

      @Option(
        names = "--until",
        paramLabel = "TIME",
        description = "Such as 2026-12-31 (its beginning) or 2026-12-31T18:00."
      )
      private String until;
    }

    @Override
    int run(Work work) throws SQLException {
      OffsetDateTime expires = end.span != null
        ? Moments.in(end.span)
        : Moments.at(work, end.until);
      if (!expires.isAfter(OffsetDateTime.now())) {
        throw new AdminException(AdminException.USAGE, "That would be over already.");
      }
      long micros = Money.micros(amount);
      if (micros == 0) {
        throw new AdminException(AdminException.USAGE, "Raise it by more than nothing.");
      }
      Map<String, Object> account = Payer.of(subject, new Directory(work))
        .find(work)
        .filter(found -> found.containsKey("limit_micros"))
        .orElseThrow(() ->
          new AdminException(
            AdminException.CONFLICT,
            subject + " has no limit, so there is nothing to raise."
          )
        );
      Map<String, Object> raised = work
        .row(
          """
          INSERT INTO budget_increase (account_id, micros, expires_at) VALUES (?, ?, ?)
          RETURNING id, account_id, micros, starts_at, expires_at""",
          account.get("id"),
          micros,
          expires
        )
        .orElseThrow();
      work.record("budget.raise", "budget_account", account.get("id"), Map.of(), raised);
      done(
        "Increase " +
        raised.get("id") +
        ": " +
        subject +
        " may spend " +
        amount +
        " more until " +
        raised.get("expires_at") +
        ".",
        raised
      );
      return 0;
    }
  }

  @Command(
    name = "raises",
    description = "The increases that last, or will.",
    mixinStandardHelpOptions = true
  )
  static final class Raises extends Task {

    @Override
    int run(Work work) throws SQLException {
      List<Map<String, Object>> rows = work.rows(
        NAMED +
        """
        SELECT i.id AS increase, n.account, i.micros, i.starts_at, i.expires_at
        FROM budget_increase i JOIN named n ON n.id = i.account_id WHERE i.expires_at > now() ORDER BY i.id"""
      );
      if (!json()) {
        rows.forEach(row -> row.put("amount", Money.words(row.get("micros"))));
      }
      table(List.of("increase", "account", "amount", "starts_at", "expires_at"), rows);
      return 0;
    }
  }

  @Command(
    name = "lower",
    description = "Ends an increase before its time.",
    mixinStandardHelpOptions = true
  )
  static final class Lower extends Task {

    @Parameters(paramLabel = "NUMBER", description = "As `budget raises` says.")
    private long number;

    @Override
    int run(Work work) throws SQLException {
      Map<String, Object> before = work
        .row(
          """
          SELECT id, account_id, micros, starts_at, expires_at FROM budget_increase
          WHERE id = ? AND expires_at > now() FOR UPDATE""",
          number
        )
        .orElseThrow(() -> Directory.missing("increase that lasts, with the number", "" + number));
      Map<String, Object> after = work
        .row(
          """
          UPDATE budget_increase SET expires_at = greatest(starts_at, now()) WHERE id = ?
          RETURNING id, account_id, micros, starts_at, expires_at""",
          number
        )
        .orElseThrow();
      work.record("budget.lower", "budget_account", before.get("account_id"), before, after);
      done("Increase " + number + " has ended.", after);
      return 0;
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
        NAMED +
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

  @Command(
    name = "project",
    description = "Says which project pays along for a user or a service account; without one: none.",
    mixinStandardHelpOptions = true
  )
  static final class Project extends Task {

    @Parameters(index = "0", paramLabel = "USER")
    private String userName;

    @Parameters(index = "1", arity = "0..1", paramLabel = "PROJECT")
    private String project;

    @Override
    int run(Work work) throws SQLException {
      Object user = new Directory(work).user(userName).get("id");
      Map<String, Object> before = work
        .row("SELECT project FROM project_member WHERE user_id = ? FOR UPDATE", user)
        .orElse(Map.of());
      if (project == null) {
        work.change("DELETE FROM project_member WHERE user_id = ?", user);
      } else {
        work.change(
          """
          INSERT INTO project_member (user_id, project) VALUES (?, ?)
          ON CONFLICT (user_id) DO UPDATE SET project = excluded.project, added_at = now()""",
          user,
          project
        );
      }
      Map<String, Object> after = project == null ? Map.of() : Map.of("project", project);
      work.recordOf("budget.project", user, before, after, Map.of());
      done(
        project == null
          ? "No project pays for " + userName + "."
          : "Project “" + project + "” pays along for " + userName + ".",
        after
      );
      return 0;
    }
  }

  @Command(
    name = "settings",
    description = "Shows or sets the time zone in which periods begin, the currency, and whether models without a price cost nothing.",
    mixinStandardHelpOptions = true
  )
  static final class Settings extends Task {

    private static final String READ =
      "SELECT time_zone, currency, coalesce(free_models, false) AS free_models FROM organisation";

    @Option(names = "--time-zone", paramLabel = "ZONE", description = "Such as Asia/Shanghai.")
    private String zone;

    @Option(names = "--currency", paramLabel = "CODE", description = "Such as EUR; only a name.")
    private String currency;

    @Option(
      names = "--free-models",
      paramLabel = "on|off",
      description = "Whether a model that comes without a price costs nothing, or can't be used before it has one."
    )
    private FreeModels freeModels;

    enum FreeModels {
      on,
      off,
    }

    @Override
    int run(Work work) throws SQLException {
      Map<String, Object> before = work.row(READ + " FOR UPDATE").orElseThrow();
      if (
        zone != null &&
        work.row("SELECT name FROM pg_timezone_names WHERE name = ?", zone).isEmpty()
      ) {
        throw Directory.missing("time zone", zone);
      }
      if (zone != null || currency != null || freeModels != null) {
        work.change(
          "UPDATE organisation SET time_zone = coalesce(?, time_zone), currency = coalesce(?, currency), free_models = coalesce(?, free_models)",
          zone,
          currency,
          freeModels == null ? null : freeModels == FreeModels.on
        );
      }
      Map<String, Object> after = work.row(READ).orElseThrow();
      if (!after.equals(before)) {
        work.record("organisation.set", "organisation", 1, before, after);
      }
      done(
        "Time zone %s, currency %s; a model without a price %s.".formatted(
          after.get("time_zone"),
          after.get("currency"),
          after.get("free_models").equals(true) ? "costs nothing" : "can't be used"
        ),
        after
      );
      return 0;
    }
  }

  @Command(
    name = "rebuild",
    description = "Compares every balance with the ledger and sets it right; with --check only compares. Exit code of --check: 0 if all agree, 2 if not.",
    mixinStandardHelpOptions = true
  )
  static final class Rebuild extends Task {

    @Option(names = "--check", description = "Change nothing.")
    private boolean check;

    @Override
    int run(Work work) throws SQLException {
      // Hubs go on meanwhile, or wait: either way one moment of all of it.
      work.change(
        check
          ? "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
          : "LOCK TABLE budget_balance IN EXCLUSIVE MODE"
      );
      List<Map<String, Object>> balances = work.rows(
        NAMED +
        """
        SELECT n.account, d.account_id, d.period_start::text AS since, d.reserved_micros, d.spent_micros,
          d.ledger_reserved_micros, d.ledger_spent_micros
        FROM budget_differences() d JOIN named n ON n.id = d.account_id ORDER BY 1, 2"""
      );
      List<Map<String, Object>> attempts = work.rows(
        """
        SELECT generation_id, attempt, settled_micros, ledger_spent_micros, ledger_reserved_micros
        FROM budget_unpaid() ORDER BY 1, 2"""
      );
      if (check) {
        tell(balances, attempts);
        return balances.isEmpty() && attempts.isEmpty() ? 0 : DIFFERENT;
      }
      work.rows("SELECT budget_rebuild() AS changed");
      if (!balances.isEmpty()) {
        work.record(
          "budget.rebuild",
          "organisation",
          1,
          Map.of("balances", nameless(balances)),
          Map.of()
        );
      }
      tell(balances, attempts);
      return 0;
    }

    /** As a record may have it: with the accounts' ids, not with names of people. */
    private static List<Map<String, Object>> nameless(List<Map<String, Object>> balances) {
      return balances
        .stream()
        .map(row -> {
          Map<String, Object> plain = new LinkedHashMap<>(row);
          plain.remove("account");
          return plain;
        })
        .toList();
    }

    private void tell(List<Map<String, Object>> balances, List<Map<String, Object>> attempts) {
      if (json()) {
        out().println(Work.json(Map.of("balances", balances, "attempts", attempts)));
        return;
      }
      String what = check ? " that differ from the ledger: " : " set right by the ledger: ";
      out().println("Balances" + what + balances.size());
      balances.forEach(row -> out().println("  " + row));
      out().println("Attempts that don't agree with the ledger: " + attempts.size());
      attempts.forEach(row -> out().println("  " + row));
    }
  }
}
