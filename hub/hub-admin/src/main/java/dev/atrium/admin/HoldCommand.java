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

/** {@code deploy/atrium hold …}. */
@Command(
  name = "hold",
  description = "Legal holds: while a person has one, nothing of theirs is erased and retention passes them over.",
  mixinStandardHelpOptions = true,
  subcommands = { HoldCommand.ListAll.class, HoldCommand.Add.class, HoldCommand.Remove.class }
)
final class HoldCommand implements Runnable {

  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command of `hold`?");
  }

  @Command(
    name = "list",
    description = "All holds, also those released.",
    mixinStandardHelpOptions = true
  )
  static final class ListAll extends Task {

    @Override
    int run(Work work) throws SQLException {
      table(
        List.of("id", "user", "reason", "placed_at", "released_at"),
        work.rows(
          """
          SELECT h.id, u.name AS user, h.reason, h.placed_at, h.released_at
          FROM legal_hold h JOIN app_user u ON u.id = h.user_id ORDER BY h.placed_at"""
        )
      );
      return 0;
    }
  }

  @Command(name = "add", description = "Places a hold.", mixinStandardHelpOptions = true)
  static final class Add extends Task {

    @Parameters(paramLabel = "USER")
    private String user;

    @Option(
      names = "--reason",
      required = true,
      paramLabel = "TEXT",
      description = "Why, as a file number."
    )
    private String reason;

    @Override
    int run(Work work) throws SQLException {
      Map<String, Object> found = new Directory(work).user(user);
      if (
        work
          .row(
            """
            SELECT FROM privacy_job
            WHERE kind = 'erase' AND subject_id = ? AND status IN ('queued', 'running')""",
            found.get("id")
          )
          .isPresent()
      ) {
        throw new AdminException(
          AdminException.CONFLICT,
          "“" + user + "” is being erased already; see `job list`."
        );
      }
      Map<String, Object> placed = work
        .row(
          "INSERT INTO legal_hold (user_id, reason) VALUES (?, ?) RETURNING id, user_id, reason, placed_at",
          found.get("id"),
          reason
        )
        .orElseThrow();
      work.recordOf(
        "hold.add",
        found.get("id"),
        Map.of(),
        Map.of("hold", placed.get("id").toString()),
        Map.of("reason", reason)
      );
      done(
        "Nothing of “" + user + "” is erased until hold " + placed.get("id") + " is removed.",
        placed
      );
      return 0;
    }
  }

  @Command(name = "remove", description = "Releases a hold.", mixinStandardHelpOptions = true)
  static final class Remove extends Task {

    @Parameters(paramLabel = "ID")
    private UUID id;

    @Override
    int run(Work work) throws SQLException {
      Map<String, Object> released = work
        .row(
          """
          UPDATE legal_hold SET released_at = clock_timestamp() WHERE id = ? AND released_at IS NULL
          RETURNING id, user_id, placed_at, released_at""",
          id
        )
        .orElseThrow(() -> Directory.missing("hold", id.toString()));
      work.recordOf(
        "hold.remove",
        released.get("user_id"),
        Map.of("hold", id.toString()),
        Map.of(),
        Map.of()
      );
      done("Released hold " + id + ".", released);
      return 0;
    }
  }
}
