package dev.atrium.admin;

import java.math.BigDecimal;

/** Amounts as people write them, in units of the organisation's currency, and as micro-units. */
final class Money {

  private static final BigDecimal MOST = BigDecimal.valueOf(1_000_000_000_000L);

  private Money() {}

  /**
   * Micro-units of an amount such as {@code 12.50}.
   *
   * @throws AdminException if it is negative, too large, has over six decimals or is no number
   */
  static long micros(String amount) {
    try {
      BigDecimal units = new BigDecimal(amount);
      if (units.signum() >= 0 && units.compareTo(MOST) <= 0) {
        return units.movePointRight(6).longValueExact();
      }
    } catch (ArithmeticException | NumberFormatException e) {
      // said below
    }
    throw new AdminException(
      AdminException.USAGE,
      "“" + amount + "” is no amount. Say something like 12.50, with six decimals at most."
    );
  }

  /** The amount as short as can be; empty for null. */
  static String words(Object micros) {
    return micros == null
      ? ""
      : BigDecimal.valueOf(((Number) micros).longValue(), 6).stripTrailingZeros().toPlainString();
  }
}
