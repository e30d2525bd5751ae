package dev.atrium.admin;

import java.sql.SQLException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code deploy/atrium job …}. */
@Command(
  name = "job",
  description = "Long work that hubs do: exports, erasures, retention, rotation of keys.",
  mixinStandardHelpOptions = true,
  subcommands = { JobCommand.ListAll.class }
)
final class JobCommand implements Runnable {

  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command of `job`?");
  }

  @Command(
    name = "list",
    description = "The last hundred jobs and how far they are.",
    mixinStandardHelpOptions = true
  )
  static final class ListAll extends Task {

    @Override
    int run(Work work) throws SQLException {
      table(
        List.of("id", "kind", "user", "status", "step", "done", "total", "requested_at", "error"),
        work.rows(
          """
          SELECT j.id, j.kind, u.name AS user, j.status, j.step, j.done, j.total, j.requested_at, j.error
          FROM privacy_job j LEFT JOIN app_user u ON u.id = j.subject_id
          ORDER BY j.requested_at DESC LIMIT 100"""
        )
      );
      return 0;
    }
  }
}
