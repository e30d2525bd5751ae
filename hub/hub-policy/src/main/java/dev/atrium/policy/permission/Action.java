package dev.atrium.policy.permission;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What somebody may do with a resource. One action never implies another. */
public enum Action {
  /** Ask a model or an assistant, search a knowledge base, use a feature. */
  USE("use", "使用"),
  /** Change what an assistant or a knowledge base is. */
  EDIT("edit", "编辑");

  private final String en;
  private final String zh;

  Action(String en, String zh) {
    this.en = en;
    this.zh = zh;
  }

  /** The stable name, as it is stored. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The action of this name. */
  public static Optional<Action> of(String code) {
    return Arrays.stream(values())
      .filter(a -> a.code().equals(code))
      .findFirst();
  }

  String words(Language language) {
    return language.pick(en, zh);
  }
}
