package dev.atrium.policy.sensitive;

import dev.atrium.policy.permission.Language;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What becomes of sensitive data on its way to a model. The later, the stricter. */
public enum Treatment {
  /** It is sent as it is. */
  ALLOW("is sent as it is", "原样发送"),
  /** It is sent once its writer has been told and has confirmed. */
  WARN("is sent after a confirmation", "确认后发送"),
  /** The model sees a pseudonym in its place, which is put back in the answer. */
  MASK("is replaced by a pseudonym", "以化名代替"),
  /** Nothing is sent. */
  REFUSE("is refused", "拒绝发送");

  private final String en;
  private final String zh;

  Treatment(String en, String zh) {
    this.en = en;
    this.zh = zh;
  }

  /** The stable name, as it is stored. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** For a sentence. */
  public String words(Language language) {
    return language == Language.ZH ? zh : en;
  }

  /** The treatment of this name. */
  public static Optional<Treatment> of(String code) {
    return Arrays.stream(values())
      .filter(t -> t.code().equals(code))
      .findFirst();
  }
}
