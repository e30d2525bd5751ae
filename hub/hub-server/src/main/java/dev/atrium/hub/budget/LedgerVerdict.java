package dev.atrium.hub.budget;

/**
 * What became of one {@link LedgerItem}.
 *
 * @param code {@code ok}, {@code exhausted}, {@code no_price} or {@code closed}, as {@code budget_apply} says
 * @param allowedTokens of the attempt, after it
 * @param reservedMicros held for the attempt, after it
 * @param accountKind of the account that refuses, else empty
 */
record LedgerVerdict(String code, int allowedTokens, long reservedMicros, String accountKind) {
  static final String OK = "ok";
  static final String EXHAUSTED = "exhausted";
  static final String NO_PRICE = "no_price";
  static final String CLOSED = "closed";
}
