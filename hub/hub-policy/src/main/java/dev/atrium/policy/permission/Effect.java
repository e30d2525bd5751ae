package dev.atrium.policy.permission;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a rule says. */
public enum Effect {
  ALLOW,
  DENY;

  /** The stable name, as it is stored. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The effect of this name. */
  public static Optional<Effect> of(String code) {
    return Arrays.stream(values())
      .filter(e -> e.code().equals(code))
      .findFirst();
  }
}
