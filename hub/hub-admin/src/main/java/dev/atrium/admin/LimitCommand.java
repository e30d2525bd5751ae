package dev.atrium.admin;

import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code deploy/atrium limit …}. */
@Command(
  name = "limit",
  description = "Requests and tokens a minute.",
  mixinStandardHelpOptions = true,
  subcommands = { LimitCommand.ListAll.class, LimitCommand.Set.class, LimitCommand.Remove.class }
)
final class LimitCommand implements Runnable {

  private static final String FIND = """
    SELECT id, applies_to, user_id, department_id, requests_per_minute, tokens_per_minute FROM rate_limit
    WHERE applies_to = ? AND user_id IS NOT DISTINCT FROM ?::uuid
      AND department_id IS NOT DISTINCT FROM ?::uuid FOR UPDATE
    """;

  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command of `limit`?");
  }

  @Command(name = "list", description = "All limits.", mixinStandardHelpOptions = true)
  static final class ListAll extends Task {

    @Override
    int run(Work work) throws SQLException {
      table(
        List.of("subject", "requests_per_minute", "tokens_per_minute"),
        work.rows(
          Directory.DEPARTMENTS +
          """
          SELECT CASE l.applies_to WHEN 'each_user' THEN 'each-user' WHEN 'user' THEN 'user:' || u.name
              ELSE 'department:' || t.path END AS subject, l.requests_per_minute, l.tokens_per_minute
          FROM rate_limit l LEFT JOIN app_user u ON u.id = l.user_id
          LEFT JOIN tree t ON t.id = l.department_id ORDER BY l.applies_to, 1"""
        )
      );
      return 0;
    }
  }

  /** Whom a limit is for, as columns. */
  private record Whom(String appliesTo, Object user, Object department) {
    static Whom of(String text, Directory directory) throws SQLException {
      TypedName typed = TypedName.of(text);
      String name = typed.name();
      return switch (typed.kind()) {
        case "each-user" -> new Whom("each_user", null, null);
        case "user" -> new Whom("user", directory.user(name).get("id"), null);
        case "department" -> new Whom("department", null, directory.department(name).get("id"));
        default -> throw new AdminException(
          AdminException.USAGE,
          "“" + text + "” has no limits. Say each-user, user:NAME or department:PATH."
        );
      };
    }

    Optional<Map<String, Object>> find(Work work) throws SQLException {
      return work.row(FIND, appliesTo, user, department);
    }
  }

  @Command(
    name = "set",
    description = "Sets the limits of a subject; what is not named is not limited. A user's own limits take the place of those for each-user; those of a department are shared by all in it and below.",
    mixinStandardHelpOptions = true
  )
  static final class Set extends Task {

    @Parameters(paramLabel = "SUBJECT", description = "each-user, user:NAME or department:PATH.")
    private String subject;

    @Option(names = "--requests", paramLabel = "N", description = "Prompts in any 60 seconds.")
    private Integer requests;

    @Option(
      names = "--tokens",
      paramLabel = "N",
      description = "Tokens of prompts and answers in any 60 seconds, at least 1000."
    )
    private Integer tokens;

    @Override
    int run(Work work) throws SQLException {
      Whom whom = Whom.of(subject, new Directory(work));
      Optional<Map<String, Object>> before = whom.find(work);
      Map<String, Object> now = work
        .row(
          """
          INSERT INTO rate_limit (applies_to, user_id, department_id, requests_per_minute, tokens_per_minute)
          VALUES (?, ?, ?, ?, ?)
          ON CONFLICT (applies_to, user_id, department_id) DO UPDATE
          SET requests_per_minute = excluded.requests_per_minute, tokens_per_minute = excluded.tokens_per_minute
          RETURNING id, applies_to, user_id, department_id, requests_per_minute, tokens_per_minute""",
          whom.appliesTo(),
          whom.user(),
          whom.department(),
          requests,
          tokens
        )
        .orElseThrow();
      work.record("limit.set", "rate_limit", now.get("id"), before.orElse(Map.of()), now);
      done(
        subject + ": " + words(requests) + " requests, " + words(tokens) + " tokens a minute.",
        named(subject, now)
      );
      return 0;
    }

    private static String words(Integer number) {
      return number == null ? "any number of" : number.toString();
    }
  }

  @Command(name = "remove", description = "Removes a limit.", mixinStandardHelpOptions = true)
  static final class Remove extends Task {

    @Parameters(paramLabel = "SUBJECT", description = "each-user, user:NAME or department:PATH.")
    private String subject;

    @Override
    int run(Work work) throws SQLException {
      Map<String, Object> found = Whom.of(subject, new Directory(work))
        .find(work)
        .orElseThrow(() -> Directory.missing("limit for", subject));
      work.change("DELETE FROM rate_limit WHERE id = ?", found.get("id"));
      work.record("limit.remove", "rate_limit", found.get("id"), found, Map.of());
      done("Removed the limit for " + subject + ".", named(subject, found));
      return 0;
    }
  }

  private static Map<String, Object> named(String subject, Map<String, Object> row) {
    Map<String, Object> named = new LinkedHashMap<>();
    named.put("subject", subject);
    named.putAll(row);
    return named;
  }
}
