package dev.atrium.admin;

import dev.atrium.policy.permission.Action;
import dev.atrium.policy.permission.Decision;
import dev.atrium.policy.permission.Effect;
import dev.atrium.policy.permission.Explanation;
import dev.atrium.policy.permission.Language;
import dev.atrium.policy.permission.Resource;
import dev.atrium.policy.permission.ResourceKind;
import dev.atrium.policy.permission.Rule;
import dev.atrium.policy.permission.Subject;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code deploy/atrium grant …}. */
@Command(
  name = "grant",
  description = "Who may use what: grants, denials, and why.",
  mixinStandardHelpOptions = true,
  subcommands = {
    GrantCommand.ListAll.class,
    GrantCommand.Add.class,
    GrantCommand.Remove.class,
    GrantCommand.Why.class,
  }
)
final class GrantCommand implements Runnable {

  /** Of {@code why}: it is refused. */
  static final int NOT_ALLOWED = 2;

  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command of `grant`?");
  }

  @Command(name = "list", description = "All rules.", mixinStandardHelpOptions = true)
  static final class ListAll extends Task {

    @Override
    int run(Work work) throws SQLException {
      RuleTables tables = new RuleTables(work);
      Explanation words = new Explanation(tables, Language.EN);
      List<Map<String, Object>> rows = new ArrayList<>();
      for (Rule rule : tables.all()) {
        rows.add(data(rule, words));
      }
      table(List.of("rule", "effect", "subject", "action", "resource"), rows);
      return 0;
    }
  }

  private static Map<String, Object> data(Rule rule, Explanation words) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("rule", rule.id());
    data.put("effect", rule.effect().code());
    data.put("subject", words.subject(rule.subject()));
    data.put("action", rule.action().code());
    data.put("resource", rule.kind().code() + ":" + rule.resource().orElse("*"));
    return data;
  }

  /** The rule without names of people. */
  private static Map<String, Object> plain(Rule rule) {
    Map<String, Object> plain = new LinkedHashMap<>();
    plain.put("effect", rule.effect().code());
    plain.put(
      "subject",
      switch (rule.subject()) {
        case Subject.User(var id) -> "user:" + id;
        case Subject.Group(var id) -> "group:" + id;
        case Subject.Department(var id) -> "department:" + id;
        case Subject.OfRole(var role) -> "role:" + role.code();
        case Subject.Everybody _ -> "everybody";
      }
    );
    plain.put("action", rule.action().code());
    plain.put("resource", rule.kind().code() + ":" + rule.resource().orElse("*"));
    return plain;
  }

  @Command(
    name = "add",
    description = "Allows something, or with --deny forbids it. One denial that applies to somebody beats every grant.",
    mixinStandardHelpOptions = true
  )
  static final class Add extends Task {

    @Parameters(
      index = "0",
      paramLabel = "SUBJECT",
      description = "user:NAME, group:NAME, department:PATH (and all below), role:ROLE or everybody."
    )
    private String subject;

    @Parameters(index = "1", paramLabel = "ACTION", description = "use or edit.")
    private String action;

    @Parameters(
      index = "2",
      paramLabel = "RESOURCE",
      description = "model:NAME, assistant:ID, knowledge_base:ID, feature:NAME; * in place of the name for all of the kind."
    )
    private String resource;

    @Option(names = "--deny", description = "Forbid it.")
    private boolean deny;

    @Override
    int run(Work work) throws SQLException {
      Resource what = resource(resource);
      Action how = action(action, what.kind());
      Directory directory = new Directory(work);
      boolean all = what.name().equals("*");
      boolean model = what.kind() == ResourceKind.MODEL;
      if (model && !all) {
        directory.model(what.name());
      }
      SubjectColumns whom = SubjectColumns.of(subject, directory);
      Optional<Map<String, Object>> added = work.row(
        """
        INSERT INTO permission_rule (effect, subject_kind, user_id, group_id, department_id, role,
          action, resource_kind, model, resource_id)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id""",
        (deny ? Effect.DENY : Effect.ALLOW).code(),
        whom.kind(),
        whom.user(),
        whom.group(),
        whom.department(),
        whom.role(),
        how.code(),
        what.kind().code(),
        model && !all ? what.name() : null,
        model || all ? null : what.name()
      );
      if (added.isEmpty()) {
        throw new AdminException(
          AdminException.CONFLICT,
          "There is already a rule for exactly this; `grant list` shows it. Remove it to say the opposite."
        );
      }
      RuleTables tables = new RuleTables(work);
      Explanation words = new Explanation(tables, Language.EN);
      long id = (Long) added.get().get("id");
      Rule rule = tables
        .all()
        .stream()
        .filter(r -> r.id() == id)
        .findFirst()
        .orElseThrow();
      Map<String, Object> data = data(rule, words);
      work.record("permission.add", "permission_rule", id, Map.of(), plain(rule));
      done("Added rule " + id + ": " + words.rule(rule) + ".", data);
      return 0;
    }
  }

  @Command(
    name = "remove",
    description = "Removes a rule by its number.",
    mixinStandardHelpOptions = true
  )
  static final class Remove extends Task {

    @Parameters(paramLabel = "NUMBER")
    private long id;

    @Override
    int run(Work work) throws SQLException {
      RuleTables tables = new RuleTables(work);
      Explanation words = new Explanation(tables, Language.EN);
      Rule rule = tables
        .all()
        .stream()
        .filter(r -> r.id() == id)
        .findFirst()
        .orElseThrow(() -> Directory.missing("rule", Long.toString(id)));
      if (work.change("DELETE FROM permission_rule WHERE id = ?", id) == 0) {
        throw Directory.missing("rule", Long.toString(id));
      }
      Map<String, Object> data = data(rule, words);
      work.record("permission.remove", "permission_rule", id, plain(rule), Map.of());
      done("Removed rule " + id + ": " + words.rule(rule) + ".", data);
      return 0;
    }
  }

  @Command(
    name = "why",
    description = "Whether a user may do something, and all rules that were looked at. Exit code 0 if allowed, 2 if not.",
    mixinStandardHelpOptions = true
  )
  static final class Why extends Task {

    @Parameters(index = "0", paramLabel = "USER")
    private String userName;

    @Parameters(index = "1", paramLabel = "ACTION", description = "use or edit.")
    private String action;

    @Parameters(index = "2", paramLabel = "RESOURCE", description = "Such as model:NAME.")
    private String resource;

    @Option(names = "--language", description = "en or zh (default: en).", defaultValue = "en")
    private String language;

    @Override
    int run(Work work) throws SQLException {
      Resource what = resource(resource);
      Action how = action(action, what.kind());
      Directory directory = new Directory(work);
      Map<String, Object> user = directory.user(userName);
      boolean enabled =
        what.kind() != ResourceKind.MODEL || (boolean) directory.model(what.name()).get("enabled");
      boolean active = user.get("status").equals("active");
      RuleTables tables = new RuleTables(work);
      Decision decision = tables.rules().why(tables.person(user), how, what);
      Explanation words = new Explanation(tables, Language.of(language));
      if (json()) {
        out().println(Work.json(data(decision, words, active, enabled)));
      } else {
        words.lines(decision).forEach(out()::println);
        if (!active) {
          out().println("The user is " + user.get("status") + ", so nothing is allowed.");
        }
        if (!enabled) {
          out().println("The model is not enabled, so nobody may use it.");
        }
      }
      return decision.allowed() && active && enabled ? 0 : NOT_ALLOWED;
    }

    private static Map<String, Object> data(
      Decision decision,
      Explanation words,
      boolean active,
      boolean enabled
    ) {
      Map<String, Object> data = new LinkedHashMap<>();
      data.put("allowed", decision.allowed() && active && enabled);
      data.put("userActive", active);
      data.put("resourceEnabled", enabled);
      decision.by().ifPresent(rule -> data.put("rule", rule.id()));
      data.put("outcome", words.outcome(decision));
      List<Map<String, Object>> rules = new ArrayList<>();
      for (List<Rule> some : List.of(decision.applying(), decision.others())) {
        for (Rule rule : some) {
          Map<String, Object> row = GrantCommand.data(rule, words);
          row.put("part", decision.part(rule).name().toLowerCase(Locale.ROOT));
          rules.add(row);
        }
      }
      data.put("rules", rules);
      return data;
    }
  }

  private static Resource resource(String text) {
    return Resource.parse(text).orElseThrow(() ->
      new AdminException(
        AdminException.USAGE,
        "“" +
        text +
        "” is no resource. Say model:NAME, assistant:ID, knowledge_base:ID or feature:NAME."
      )
    );
  }

  private static Action action(String text, ResourceKind kind) {
    return Action.of(text)
      .filter(kind::knows)
      .orElseThrow(() ->
        new AdminException(
          AdminException.USAGE,
          "“" + text + "” is nothing that can be done with a " + kind.code() + "."
        )
      );
  }
}
