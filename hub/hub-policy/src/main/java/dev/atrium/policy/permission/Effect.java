package dev.atrium.policy.permission;

import java.util.Locale;

/** What a rule says. */
public enum Effect {
  ALLOW,
  DENY;

  /** The stable name, as it is stored. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }
}
