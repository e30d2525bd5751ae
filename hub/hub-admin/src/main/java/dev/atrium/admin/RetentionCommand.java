package dev.atrium.admin;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code deploy/atrium retention …}. */
@Command(
  name = "retention",
  description = "How long conversations are kept, by department. What people delete themselves goes after 30 days at the latest.",
  mixinStandardHelpOptions = true,
  subcommands = {
    RetentionCommand.ListAll.class,
    RetentionCommand.Set.class,
    RetentionCommand.Remove.class,
    RetentionCommand.Run.class,
  }
)
final class RetentionCommand implements Runnable {

  private static final String FIND =
    "SELECT department_id, days FROM retention_rule WHERE department_id = ?";

  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command of `retention`?");
  }

  @Command(name = "list", description = "All rules.", mixinStandardHelpOptions = true)
  static final class ListAll extends Task {

    @Override
    int run(Work work) throws SQLException {
      table(
        List.of("department", "days"),
        work.rows(
          Directory.DEPARTMENTS +
          """
          SELECT t.path AS department, r.days FROM retention_rule r JOIN tree t ON t.id = r.department_id
          ORDER BY t.path"""
        )
      );
      return 0;
    }
  }

  @Command(
    name = "set",
    description = "Sets for how many days after the last message conversations of a department, and of those below without a rule, are kept.",
    mixinStandardHelpOptions = true
  )
  static final class Set extends Task {

    @Parameters(paramLabel = "DEPARTMENT", description = "Path or name.")
    private String department;

    @Option(names = "--days", required = true, paramLabel = "N", description = "1 to 36500.")
    private int days;

    @Override
    int run(Work work) throws SQLException {
      Map<String, Object> found = new Directory(work).department(department);
      Map<String, Object> before = work.row(FIND, found.get("id")).orElse(Map.of());
      Map<String, Object> now = work
        .row(
          """
          INSERT INTO retention_rule (department_id, days) VALUES (?, ?)
          ON CONFLICT (department_id) DO UPDATE SET days = excluded.days, set_at = now()
          RETURNING department_id, days""",
          found.get("id"),
          days
        )
        .orElseThrow();
      work.record("retention.set", "department", found.get("id"), before, now);
      done("Conversations of " + found.get("path") + " are kept for " + days + " days.", now);
      return 0;
    }
  }

  @Command(name = "remove", description = "Removes a rule.", mixinStandardHelpOptions = true)
  static final class Remove extends Task {

    @Parameters(paramLabel = "DEPARTMENT", description = "Path or name.")
    private String department;

    @Override
    int run(Work work) throws SQLException {
      Map<String, Object> found = new Directory(work).department(department);
      Map<String, Object> before = work
        .row(FIND, found.get("id"))
        .orElseThrow(() -> Directory.missing("rule for", department));
      work.change("DELETE FROM retention_rule WHERE department_id = ?", found.get("id"));
      work.record("retention.remove", "department", found.get("id"), before, Map.of());
      done("Removed the rule for " + found.get("path") + ".", before);
      return 0;
    }
  }

  @Command(
    name = "run",
    description = "Removes now what hubs would remove within a day, or says what that is.",
    mixinStandardHelpOptions = true
  )
  static final class Run extends Task {

    @Option(names = "--dry-run", description = "Only say what would be removed.")
    private boolean dryRun;

    @Override
    int run(Work work) throws SQLException {
      if (dryRun) {
        table(
          List.of("department", "conversations", "of_them_deleted"),
          work.rows(
            Directory.DEPARTMENTS +
            """
            SELECT t.path AS department, count(*) AS conversations, count(*) FILTER (WHERE r.deleted) AS of_them_deleted
            FROM retention_due r JOIN tree t ON t.id = r.department_id GROUP BY t.path ORDER BY t.path"""
          )
        );
        return 0;
      }
      JobWatch jobs = new JobWatch(work, progress());
      UUID id = jobs.ask("retention", null, Map.of());
      String result = jobs.await(id);
      done(
        "Removed " + Work.field(result, "removed") + " conversations.",
        Map.of("job", id, "result", result)
      );
      return 0;
    }
  }
}
