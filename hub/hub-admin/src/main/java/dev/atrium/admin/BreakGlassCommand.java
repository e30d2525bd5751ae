package dev.atrium.admin;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code deploy/atrium breakglass …}. */
@Command(
  name = "breakglass",
  description = "Reading of somebody's chats in an emergency. It is asked for, approved and done by people, not by operators: all but `list` signs in at a hub as you, and can do what you may.",
  mixinStandardHelpOptions = true,
  subcommands = {
    BreakGlassCommand.ListAll.class,
    BreakGlassCommand.Ask.class,
    BreakGlassCommand.Approve.class,
    BreakGlassCommand.Chats.class,
    BreakGlassCommand.Read.class,
    BreakGlassCommand.ReadFile.class,
  }
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
        List.of("id", "user", "requested_by", "approved_by", "expires_at", "readings", "reason"),
        work.rows(
          """
          SELECT b.id, o.name AS user, r.name AS requested_by, a.name AS approved_by, b.requested_at, b.expires_at, b.reason,
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

  /** What a hub carries out for whoever signs in there. */
  abstract static class AtHub implements Callable<Integer> {

    @Mixin
    private HubOptions hub;

    @Option(names = "--json", description = "Print JSON, for programs.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    /** Does it; what the hub answered. */
    abstract JsonNode run(HubSession session);

    /** The same for people. */
    abstract String words(JsonNode answer);

    @Override
    public final Integer call() {
      try (HubSession session = hub.open()) {
        JsonNode answer = run(session);
        spec.commandLine().getOut().println(json ? answer.toString() : Printable.of(words(answer)));
        return 0;
      }
    }
  }

  @Command(
    name = "ask",
    description = "Asks to read somebody's chats. Auditors and administrators may, about others than themselves.",
    mixinStandardHelpOptions = true
  )
  static final class Ask extends AtHub {

    @Parameters(paramLabel = "USER")
    private String user;

    @Option(
      names = "--reason",
      required = true,
      paramLabel = "TEXT",
      description = "The person will read it, too."
    )
    private String reason;

    @Option(
      names = "--minutes",
      paramLabel = "N",
      description = "For how long, 5 to 1440 (default: 60).",
      defaultValue = "60"
    )
    private int minutes;

    @Override
    JsonNode run(HubSession session) {
      return session.post(
        "/api/break-glass",
        Map.of("user", user, "reason", reason, "minutes", minutes)
      );
    }

    @Override
    String words(JsonNode answer) {
      return (
        "Asked. Another auditor or administrator must approve it: breakglass approve " +
        answer.path("id").asText()
      );
    }
  }

  @Command(
    name = "approve",
    description = "Approves what somebody else asked for about a third. The person is told.",
    mixinStandardHelpOptions = true
  )
  static final class Approve extends AtHub {

    @Parameters(paramLabel = "ID", description = "As `breakglass list` says.")
    private UUID id;

    @Override
    JsonNode run(HubSession session) {
      return session.post("/api/break-glass/" + id + "/approve", Map.of());
    }

    @Override
    String words(JsonNode answer) {
      return "Approved. Whoever asked may read until " + answer.path("expiresAt").asText() + ".";
    }
  }

  @Command(
    name = "chats",
    description = "The chats of the person that you asked about and may read. That is recorded.",
    mixinStandardHelpOptions = true
  )
  static final class Chats extends AtHub {

    @Parameters(paramLabel = "ID", description = "Of your request.")
    private UUID id;

    @Option(
      names = "--after",
      paramLabel = "CHAT",
      description = "Those behind this one, where there are many."
    )
    private UUID after;

    @Override
    JsonNode run(HubSession session) {
      String from = after == null ? "" : "?after=" + after;
      return session.get("/api/break-glass/" + id + "/conversations" + from);
    }

    @Override
    String words(JsonNode answer) {
      StringJoiner lines = new StringJoiner("\n");
      answer
        .path("items")
        .forEach(chat ->
          lines.add(
            chat.path("id").asText() +
            "  " +
            chat.path("updatedAt").asText() +
            "  " +
            chat.path("title").asText()
          )
        );
      return lines.toString();
    }
  }

  @Command(
    name = "read",
    description = "Reads one chat. That is recorded.",
    mixinStandardHelpOptions = true
  )
  static final class Read extends AtHub {

    @Parameters(index = "0", paramLabel = "ID", description = "Of your request.")
    private UUID id;

    @Parameters(index = "1", paramLabel = "CHAT", description = "As `breakglass chats` says.")
    private UUID chat;

    @Override
    JsonNode run(HubSession session) {
      return session.get("/api/break-glass/" + id + "/conversations/" + chat);
    }

    @Override
    String words(JsonNode answer) {
      StringJoiner lines = new StringJoiner("\n\n");
      answer
        .path("messages")
        .forEach(m ->
          lines.add(m.path("role").asText() + ": " + m.path("text").asText() + files(m))
        );
      return lines.toString();
    }

    private static String files(JsonNode message) {
      StringBuilder lines = new StringBuilder();
      message
        .path("files")
        .forEach(f ->
          lines
            .append("\nfile ")
            .append(f.path("id").asText())
            .append("  ")
            .append(f.path("bytes").asText())
            .append(" bytes  ")
            .append(f.path("name").asText())
        );
      return lines.toString();
    }
  }

  @Command(
    name = "file",
    description = "Reads one file of a chat. That is recorded.",
    mixinStandardHelpOptions = true
  )
  static final class ReadFile extends AtHub {

    @Parameters(index = "0", paramLabel = "ID", description = "Of your request.")
    private UUID id;

    @Parameters(index = "1", paramLabel = "CHAT", description = "As `breakglass chats` says.")
    private UUID chat;

    @Parameters(index = "2", paramLabel = "FILE", description = "As `breakglass read` says.")
    private UUID file;

    @Override
    JsonNode run(HubSession session) {
      return session.get("/api/break-glass/" + id + "/conversations/" + chat + "/files/" + file);
    }

    @Override
    String words(JsonNode answer) {
      return answer.path("text").asText();
    }
  }
}
