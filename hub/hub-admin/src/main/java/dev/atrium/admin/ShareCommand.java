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

/** {@code deploy/atrium share …}. */
@Command(
  name = "share",
  description = "Chats that people have shared by a link: who, when and until when; never what or by which link.",
  mixinStandardHelpOptions = true,
  subcommands = { ShareCommand.ListAll.class, ShareCommand.End.class }
)
final class ShareCommand implements Runnable {

  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command of `share`?");
  }

  @Command(
    name = "list",
    description = "Shares that can be read now, the latest first; at most 1,000.",
    mixinStandardHelpOptions = true
  )
  static final class ListAll extends Task {

    @Option(names = "--of", paramLabel = "USER", description = "Only those of this user.")
    private String user;

    @Override
    int run(Work work) throws SQLException {
      Object author = user == null ? null : new Directory(work).user(user).get("id");
      table(
        List.of("id", "user", "messages", "created_at", "expires_at"),
        work.rows(
          """
          SELECT s.id, u.name AS user, s.messages, s.created_at, s.expires_at
          FROM share_open s JOIN app_user u ON u.id = s.author_id
          WHERE ?::uuid IS NULL OR s.author_id = ?::uuid ORDER BY s.created_at DESC LIMIT 1000""",
          author,
          author
        )
      );
      return 0;
    }
  }

  @Command(
    name = "end",
    description = "Ends a share: from now on nobody can read it by its link.",
    mixinStandardHelpOptions = true
  )
  static final class End extends Task {

    @Parameters(paramLabel = "ID")
    private UUID id;

    @Override
    int run(Work work) throws SQLException {
      Map<String, Object> ended = work
        .row(
          """
          UPDATE share SET ended_at = clock_timestamp() WHERE id = ? AND ended_at IS NULL
          RETURNING id, author_id, created_at, ended_at""",
          id
        )
        .orElseThrow(() -> Directory.missing("open share", id.toString()));
      work.record(
        "share.end",
        "share",
        id,
        Map.of("author", ended.get("author_id").toString()),
        Map.of()
      );
      done("Ended share " + id + ".", ended);
      return 0;
    }
  }
}
