package dev.atrium.policy.permission;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The kinds of things that rules speak of. */
public enum ResourceKind {
  MODEL("the model", "every model", "模型", Set.of(Action.USE)),
  ASSISTANT("the assistant", "every assistant", "助手", Set.of(Action.USE, Action.EDIT)),
  KNOWLEDGE_BASE(
    "the knowledge base",
    "every knowledge base",
    "知识库",
    Set.of(Action.USE, Action.EDIT)
  ),
  FEATURE("the feature", "every feature", "功能", Set.of(Action.USE));

  private final String one;
  private final String all;
  private final String zh;
  private final Set<Action> actions;

  ResourceKind(String one, String all, String zh, Set<Action> actions) {
    this.one = one;
    this.all = all;
    this.zh = zh;
    this.actions = actions;
  }

  /** The stable name, as it is stored. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The kind of this name. */
  public static Optional<ResourceKind> of(String code) {
    return Arrays.stream(values())
      .filter(k -> k.code().equals(code))
      .findFirst();
  }

  /** Whether there is anything to allow or deny under this action. */
  public boolean knows(Action action) {
    return actions.contains(action);
  }

  String words(Optional<String> name, Language language) {
    return name
      .map(n -> language.pick(one + " “" + n + "”", zh + "“" + n + "”"))
      .orElse(language.pick(all, "所有" + zh));
  }
}
