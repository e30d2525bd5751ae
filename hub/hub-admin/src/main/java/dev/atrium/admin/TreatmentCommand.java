package dev.atrium.admin;

import dev.atrium.policy.permission.Language;
import dev.atrium.policy.sensitive.Kind;
import dev.atrium.policy.sensitive.Treatment;
import dev.atrium.policy.sensitive.TreatmentRule;
import dev.atrium.policy.sensitive.TreatmentRules;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code deploy/atrium sensitive policy …}. */
@Command(
  name = "policy",
  description = "What becomes of sensitive data. Of the rules that apply the strictest holds: allow, warn, mask, refuse.",
  mixinStandardHelpOptions = true,
  subcommands = {
    TreatmentCommand.ListAll.class,
    TreatmentCommand.Set.class,
    TreatmentCommand.Remove.class,
    TreatmentCommand.Why.class,
  }
)
final class TreatmentCommand implements Runnable {

  private static final String EVERY = "any";
  private static final String RULES =
    "SELECT id, department_id, model, kind, treatment FROM treatment_rule ORDER BY id";

  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command of `sensitive policy`?");
  }

  @Command(name = "list", description = "All rules.", mixinStandardHelpOptions = true)
  static final class ListAll extends Task {

    @Override
    int run(Work work) throws SQLException {
      Directory directory = new Directory(work);
      List<Map<String, Object>> rows = new ArrayList<>();
      for (TreatmentRule rule : rules(work).all()) {
        rows.add(data(rule, directory));
      }
      table(List.of("rule", "department", "model", "kind", "treatment"), rows);
      return 0;
    }
  }

  @Command(
    name = "set",
    description = "Says what becomes of a kind of data; takes the place of the rule for the very same department, model and kind.",
    mixinStandardHelpOptions = true
  )
  static final class Set extends Task {

    @Parameters(
      index = "0",
      paramLabel = "KIND",
      description = "secret, person_id, iban, bank_card, email, phone, word; or any, for all of them and those that come later."
    )
    private String kind;

    @Parameters(index = "1", paramLabel = "TREATMENT", description = "allow, warn, mask or refuse.")
    private String treatment;

    @Option(
      names = "--department",
      paramLabel = "PATH",
      description = "For this department and all below (default: everybody)."
    )
    private String department;

    @Option(
      names = "--model",
      paramLabel = "NAME",
      description = "On the way to this model (default: every model)."
    )
    private String model;

    @Override
    int run(Work work) throws SQLException {
      Optional<Kind> what = kind(kind);
      Treatment how = Treatment.of(treatment).orElseThrow(() ->
        new AdminException(
          AdminException.USAGE,
          "“" + treatment + "” is no treatment. Say allow, warn, mask or refuse."
        )
      );
      Directory directory = new Directory(work);
      Object where = department == null ? null : directory.department(department).get("id");
      if (model != null) {
        directory.model(model);
      }
      Optional<Map<String, Object>> before = work.row(
        """
        DELETE FROM treatment_rule WHERE department_id IS NOT DISTINCT FROM ?::uuid
          AND model IS NOT DISTINCT FROM ? AND kind IS NOT DISTINCT FROM ?
        RETURNING id, department_id, model, kind, treatment""",
        where,
        model,
        what.map(Kind::code).orElse(null)
      );
      TreatmentRule rule = rule(
        work
          .row(
            """
            INSERT INTO treatment_rule (department_id, model, kind, treatment) VALUES (?::uuid, ?, ?, ?)
            RETURNING id, department_id, model, kind, treatment""",
            where,
            model,
            what.map(Kind::code).orElse(null),
            how.code()
          )
          .orElseThrow()
      );
      work.record(
        "sensitive.policy_set",
        "treatment_rule",
        rule.id(),
        before.map(TreatmentCommand::rule).map(TreatmentCommand::plain).orElse(Map.of()),
        plain(rule)
      );
      done(
        "Rule " + rule.id() + ": " + words(rule, directory, Language.EN) + ".",
        data(rule, directory)
      );
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
      TreatmentRule rule = work
        .row(
          "DELETE FROM treatment_rule WHERE id = ? RETURNING id, department_id, model, kind, treatment",
          id
        )
        .map(TreatmentCommand::rule)
        .orElseThrow(() -> Directory.missing("rule", Long.toString(id)));
      Directory directory = new Directory(work);
      work.record("sensitive.policy_remove", "treatment_rule", id, plain(rule), Map.of());
      done(
        "Removed rule " + id + ": " + words(rule, directory, Language.EN) + ".",
        data(rule, directory)
      );
      return 0;
    }
  }

  @Command(
    name = "why",
    description = "What becomes of each kind of data that a user sends to a model, and by which rules.",
    mixinStandardHelpOptions = true
  )
  static final class Why extends Task {

    @Parameters(index = "0", paramLabel = "USER")
    private String userName;

    @Parameters(index = "1", paramLabel = "MODEL")
    private String model;

    @Option(names = "--language", description = "en or zh (default: en).", defaultValue = "en")
    private String language;

    @Override
    int run(Work work) throws SQLException {
      Directory directory = new Directory(work);
      Map<String, Object> user = directory.user(userName);
      directory.model(model);
      List<UUID> chain = directory.departments().chain((UUID) user.get("department_id"));
      TreatmentRules rules = rules(work);
      Language in = Language.of(language);
      List<Map<String, Object>> all = new ArrayList<>();
      for (Kind kind : Kind.values()) {
        TreatmentRules.Reason reason = rules.why(chain, model, kind);
        if (json()) {
          all.add(data(reason, directory));
        } else {
          lines(reason, directory, in).forEach(out()::println);
        }
      }
      if (json()) {
        out().println(Work.json(all));
      }
      return 0;
    }

    private static Map<String, Object> data(TreatmentRules.Reason reason, Directory directory)
      throws SQLException {
      Map<String, Object> data = new LinkedHashMap<>();
      data.put("kind", reason.kind().code());
      data.put("treatment", reason.treatment().code());
      reason.by().ifPresent(rule -> data.put("rule", rule.id()));
      List<Map<String, Object>> applying = new ArrayList<>();
      for (TreatmentRule rule : reason.applying()) {
        applying.add(TreatmentCommand.data(rule, directory));
      }
      data.put("applying", applying);
      data.put("others", reason.others().stream().map(TreatmentRule::id).toList());
      return data;
    }

    private static List<String> lines(
      TreatmentRules.Reason reason,
      Directory directory,
      Language in
    ) throws SQLException {
      List<String> lines = new ArrayList<>();
      boolean zh = in == Language.ZH;
      String by = reason
        .by()
        .map(r -> zh ? "由规则 " + r.id() + " 决定" : "rule " + r.id() + " decides")
        .orElse(zh ? "没有适用的规则" : "no rule applies");
      String outcome = reason.treatment().words(in);
      lines.add(
        reason.kind().words(in) + (zh ? "：" + outcome + "，" + by : ": " + outcome + ", " + by)
      );
      for (TreatmentRule rule : reason.applying()) {
        String part = reason.by().filter(rule::equals).isPresent()
          ? (zh ? "起决定作用" : "decides")
          : rule.treatment() == reason.treatment()
            ? (zh ? "结论相同，但不是最近的规则" : "says the same, from further away")
            : (zh ? "被更严格的规则取代" : "is overruled by a stricter one");
        lines.add("  " + numbered(rule, directory, in) + (zh ? "：" : ": ") + part);
      }
      for (TreatmentRule rule : reason.others()) {
        String part = zh ? "不适用于该用户" : "does not apply to this user";
        lines.add("  " + numbered(rule, directory, in) + (zh ? "：" : ": ") + part);
      }
      return lines;
    }

    private static String numbered(TreatmentRule rule, Directory directory, Language in)
      throws SQLException {
      String text = words(rule, directory, in);
      return in == Language.ZH
        ? "规则 " + rule.id() + "（" + text + "）"
        : "rule " + rule.id() + " (" + text + ")";
    }
  }

  private static TreatmentRules rules(Work work) throws SQLException {
    return new TreatmentRules(work.rows(RULES).stream().map(TreatmentCommand::rule).toList());
  }

  private static TreatmentRule rule(Map<String, Object> row) {
    return new TreatmentRule(
      (Long) row.get("id"),
      Optional.ofNullable((UUID) row.get("department_id")),
      Optional.ofNullable((String) row.get("model")),
      Optional.ofNullable((String) row.get("kind")).flatMap(Kind::of),
      Treatment.of(row.get("treatment").toString()).orElseThrow()
    );
  }

  private static Optional<Kind> kind(String code) {
    if (code.equals(EVERY)) {
      return Optional.empty();
    }
    return Optional.of(
      Kind.of(code).orElseThrow(() ->
        new AdminException(
          AdminException.USAGE,
          "“" +
          code +
          "” is no kind of data. Say " +
          Arrays.stream(Kind.values()).map(Kind::code).collect(Collectors.joining(", ")) +
          " or any."
        )
      )
    );
  }

  private static Map<String, Object> data(TreatmentRule rule, Directory directory)
    throws SQLException {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("rule", rule.id());
    data.put(
      "department",
      rule.department().isPresent() ? directory.path(rule.department().get()) : "everybody"
    );
    data.put("model", rule.model().orElse(EVERY));
    data.put("kind", rule.kind().map(Kind::code).orElse(EVERY));
    data.put("treatment", rule.treatment().code());
    return data;
  }

  private static Map<String, Object> plain(TreatmentRule rule) {
    Map<String, Object> plain = new LinkedHashMap<>();
    plain.put("rule", rule.id());
    plain.put("department", rule.department().map(UUID::toString).orElse("everybody"));
    plain.put("model", rule.model().orElse(EVERY));
    plain.put("kind", rule.kind().map(Kind::code).orElse(EVERY));
    plain.put("treatment", rule.treatment().code());
    return plain;
  }

  private static String words(TreatmentRule rule, Directory directory, Language in)
    throws SQLException {
    boolean zh = in == Language.ZH;
    String who = rule.department().isPresent()
      ? directory.path(rule.department().get())
      : (zh ? "所有人" : "everybody");
    String model = rule.model().orElse(zh ? "任何模型" : "every model");
    String kind = rule
      .kind()
      .map(k -> k.words(in))
      .orElse(zh ? "所有敏感数据" : "everything sensitive");
    return zh
      ? who + "发送给" + model + "的" + kind + rule.treatment().words(in)
      : kind + " from " + who + " to " + model + " " + rule.treatment().words(in);
  }
}
