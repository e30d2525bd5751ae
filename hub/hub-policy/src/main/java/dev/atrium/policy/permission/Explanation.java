package dev.atrium.policy.permission;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** A decision and its rules in words. */
public final class Explanation {

  /** Names for ids. An id that is unknown is to be named as it is, not refused. */
  public interface Names {
    /** The sign-in name of a user. */
    String user(UUID id);

    /** The name of a group. */
    String group(UUID id);

    /** The name of a department, with those above it where that helps. */
    String department(UUID id);
  }

  private final Names names;
  private final Language language;

  public Explanation(Names names, Language language) {
    this.names = names;
    this.language = language;
  }

  /** The outcome first, then one line for each rule that was looked at. */
  public List<String> lines(Decision decision) {
    List<String> lines = new ArrayList<>();
    lines.add(outcome(decision));
    decision.applying().forEach(rule -> lines.add(line(decision, rule)));
    decision.others().forEach(rule -> lines.add(line(decision, rule)));
    return List.copyOf(lines);
  }

  /** One sentence: who may or may not do what, and by which rule. */
  public String outcome(Decision decision) {
    String who = names.user(decision.person().id());
    String action = decision.action().words(language);
    String what = decision
      .resource()
      .kind()
      .words(Optional.of(decision.resource().name()), language);
    String reason = decision
      .by()
      .map(rule -> language.pick("rule " + rule.id() + " decides", "由规则 " + rule.id() + " 决定"))
      .orElse(language.pick("no rule allows it", "没有规则允许"));
    return decision.allowed()
      ? language.pick(
        who + " may " + action + " " + what + ": " + reason + ".",
        who + " 可以" + action + what + "：" + reason + "。"
      )
      : language.pick(
        who + " may not " + action + " " + what + ": " + reason + ".",
        who + " 不可以" + action + what + "：" + reason + "。"
      );
  }

  /** What a rule says, such as “the group “Legal” may use every model”. */
  public String rule(Rule rule) {
    String who = subject(rule.subject());
    String action = rule.action().words(language);
    String what = rule.kind().words(rule.resource(), language);
    boolean allows = rule.effect() == Effect.ALLOW;
    return language.pick(
      who + (allows ? " may " : " may not ") + action + " " + what,
      who + (allows ? "可以" : "不可以") + action + what
    );
  }

  /** Whom a rule is about. */
  public String subject(Subject subject) {
    return switch (subject) {
      case Subject.User(var id) -> language.pick(
        "the user “" + names.user(id) + "”",
        "用户“" + names.user(id) + "”"
      );
      case Subject.Group(var id) -> language.pick(
        "the group “" + names.group(id) + "”",
        "用户组“" + names.group(id) + "”"
      );
      case Subject.Department(var id) -> language.pick(
        "the department “" + names.department(id) + "” and all below",
        "部门“" + names.department(id) + "”及其下级"
      );
      case Subject.OfRole(var role) -> role.words(language);
      case Subject.Everybody _ -> language.pick("everybody", "所有人");
    };
  }

  private String line(Decision decision, Rule rule) {
    String part = switch (decision.part(rule)) {
      case DECIDES -> language.pick("decides", "起决定作用");
      case AGREES -> language.pick(
        "says the same, from further away",
        "结论相同，但不是最近的规则"
      );
      case OVERRULED -> language.pick("is overruled by a denial", "被拒绝规则否决");
      case DOES_NOT_APPLY -> language.pick("does not apply to this user", "不适用于该用户");
    };
    return language.pick(
      "rule " + rule.id() + " (" + rule(rule) + ") " + part,
      "规则 " + rule.id() + "（" + rule(rule) + "）" + part
    );
  }
}
