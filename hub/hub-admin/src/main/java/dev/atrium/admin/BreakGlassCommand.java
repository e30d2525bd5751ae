package dev.atrium.admin;

import java.sql.SQLException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code deploy/atrium breakglass …}. */
@Command(
  name = "breakglass",
  description = "Reading of somebody's chats in an emergency. It is asked for, approved and done by people who are signed in at a hub; this only shows it.",
  mixinStandardHelpOptions = true,
  subcommands = { BreakGlassCommand.ListAll.class }
)
final class BreakGlassCommand implements Runnable {

  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command of `breakglass`?");
  }

  @Command(
    name = "list",
    description = "The last hundred requests, and how often each was used.",
    mixinStandardHelpOptions = true
  )
  static final class ListAll extends Task {

    @Override
    int run(Work work) throws SQLException {
      table(
        List.of("user", "requested_by", "approved_by", "expires_at", "readings", "reason"),
        work.rows(
          """
          SELECT o.name AS user, r.name AS requested_by, a.name AS approved_by, b.requested_at, b.expires_at, b.reason,
            (SELECT count(*) FROM audit_record x WHERE x.action = 'break_glass.read'
              AND x.target_kind = 'user' AND x.target_id = b.owner_id::text
              AND x.details->>'request' = b.id::text) AS readings
          FROM break_glass b JOIN app_user o ON o.id = b.owner_id JOIN app_user r ON r.id = b.requested_by
          LEFT JOIN app_user a ON a.id = b.approved_by
          ORDER BY b.requested_at DESC LIMIT 100"""
        )
      );
      return 0;
    }
  }
}
