package dev.atrium.policy;

import java.security.SecureRandom;
import java.util.random.RandomGenerator;

/**
 * Makes passwords that are read from one screen and typed into another: lower-case letters and digits
 * that can't be mistaken for each other, in groups of four.
 */
public final class OneTimePassword {

  // 29 signs without 0/o, 1/l/i, u/v: 20 of them are 97 bits.
  private static final String SIGNS = "23456789abcdefghjkmnpqrstwxyz";
  private static final int GROUPS = 5;

  private OneTimePassword() {}

  /** A new one, of 97 random bits. */
  public static String create() {
    return create(new SecureRandom());
  }

  /** One from this source of randomness. */
  public static String create(RandomGenerator random) {
    StringBuilder password = new StringBuilder();
    for (int i = 0; i < GROUPS * 4; i++) {
      if (i > 0 && i % 4 == 0) {
        password.append('-');
      }
      password.append(SIGNS.charAt(random.nextInt(SIGNS.length())));
    }
    return password.toString();
  }
}
