package dev.atrium.policy;

import java.nio.charset.StandardCharsets;

/** Which passwords may be chosen: length alone decides, as NIST SP 800-63B advises. */
public final class PasswordRules {

  /** Fewest characters (code points) of a chosen password. */
  public static final int MINIMUM = 10;

  /** Most bytes in UTF-8 of anything that is hashed. */
  public static final int MAXIMUM_BYTES = 1_024;

  private PasswordRules() {}

  /** Whether somebody may choose this password in place of the current one. */
  public static boolean accepts(String chosen, String current) {
    return (
      chosen.codePointCount(0, chosen.length()) >= MINIMUM &&
      fits(chosen) &&
      !chosen.isBlank() &&
      !chosen.equals(current)
    );
  }

  /** Whether this can be anybody's password at all. Longer input is not worth hashing. */
  public static boolean fits(String password) {
    return (
      password.length() <= MAXIMUM_BYTES &&
      password.getBytes(StandardCharsets.UTF_8).length <= MAXIMUM_BYTES
    );
  }
}
