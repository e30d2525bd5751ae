package dev.atrium.policy.permission;

/** The languages that explanations come in. */
public enum Language {
  EN,
  ZH;

  /** Chinese for a locale that starts with "zh", English for all others. */
  public static Language of(String locale) {
    return locale.startsWith("zh") ? ZH : EN;
  }

  String pick(String en, String zh) {
    return this == ZH ? zh : en;
  }
}
