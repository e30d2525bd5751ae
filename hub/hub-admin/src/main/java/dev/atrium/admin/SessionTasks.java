package dev.atrium.admin;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code deploy/atrium user sessions} and {@code user sign-out}. */
final class SessionTasks {

  private SessionTasks() {}

  @Command(
    name = "sessions",
    description = "Where a user is signed in, the session used last first.",
    mixinStandardHelpOptions = true
  )
  static final class ListAll extends Task {

    @Parameters(paramLabel = "NAME")
    private String name;

    @Override
    int run(Work work) throws SQLException {
      Map<String, Object> user = new Directory(work).user(name);
      // To read where somebody else works is a deed of its own.
      work.recordOf("session.list", user.get("id"), Map.of(), Map.of(), Map.of());
      table(
        List.of("id", "provider", "created_at", "refreshed_at", "address", "user_agent"),
        work.rows(
          """
          SELECT id, provider, created_at, refreshed_at, expires_at, address, user_agent FROM user_session
          WHERE user_id = ? AND revoked_at IS NULL AND expires_at > now()
          ORDER BY refreshed_at DESC, id DESC""",
          user.get("id")
        )
      );
      return 0;
    }
  }

  @Command(
    name = "sign-out",
    description = "Ends a user's sessions, on every hub within five seconds. API keys stay.",
    mixinStandardHelpOptions = true
  )
  static final class SignOut extends Task {

    @Parameters(paramLabel = "NAME")
    private String name;

    @Option(names = "--session", paramLabel = "ID", description = "Only this one.")
    private UUID session;

    @Override
    int run(Work work) throws SQLException {
      Map<String, Object> user = new Directory(work).user(name);
      int ended = work.change(
        """
        UPDATE user_session SET revoked_at = clock_timestamp(), revoked_reason = 'administrator'
        WHERE user_id = ? AND revoked_at IS NULL AND expires_at > now() AND id = coalesce(?::uuid, id)""",
        user.get("id"),
        session
      );
      if (session != null && ended == 0) {
        throw Directory.missing("session", session.toString());
      }
      if (ended > 0) {
        work.recordOf(
          "session.end",
          user.get("id"),
          Map.of(),
          session == null
            ? Map.of("sessionsEnded", ended)
            : Map.of("sessionsEnded", ended, "session", session),
          Map.of()
        );
      }
      done(
        "Sessions of “" + name + "” ended: " + ended + ".",
        Map.of("name", user.get("name"), "sessionsEnded", ended)
      );
      return 0;
    }
  }
}
