package dev.atrium.admin;

import java.sql.SQLException;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code deploy/atrium user external}. */
@Command(
  name = "external",
  description = "Takes away a user's password and ends their sessions: the next sign-in by the company's sign-in service or directory with that name binds the two.",
  mixinStandardHelpOptions = true
)
final class ExternalTask extends Task {

  @Parameters(paramLabel = "NAME")
  private String name;

  @Override
  int run(Work work) throws SQLException {
    Map<String, Object> user = new Directory(work).user(name);
    if (!user.get("kind").equals("person")) {
      throw new AdminException(AdminException.CONFLICT, "“" + name + "” is a service account.");
    }
    // Also those of a directory: who has another one now is bound anew.
    int credentials = work.change("DELETE FROM credential WHERE user_id = ?", user.get("id"));
    int sessions = work.change(
      """
      UPDATE user_session SET revoked_at = clock_timestamp(), revoked_reason = 'administrator'
      WHERE user_id = ? AND revoked_at IS NULL""",
      user.get("id")
    );
    work.recordOf(
      "user.external",
      user.get("id"),
      Map.of("credentials", credentials),
      Map.of("credentials", 0),
      Map.of()
    );
    done(
      "“" + name + "” has no password any more; sessions ended: " + sessions + ".",
      Map.of("name", user.get("name"), "sessionsEnded", sessions)
    );
    return 0;
  }
}
