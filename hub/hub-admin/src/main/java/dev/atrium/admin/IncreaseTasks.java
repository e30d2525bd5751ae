package dev.atrium.admin;

import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What {@code deploy/atrium budget} can do with limits that are raised for a time. */
final class IncreaseTasks {

  private IncreaseTasks() {}

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
        Payer.NAMED +
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
}
