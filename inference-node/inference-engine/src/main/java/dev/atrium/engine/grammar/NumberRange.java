package dev.atrium.engine.grammar;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Numbers between two bounds, as a regular expression over their digits. They have no exponent, at
 * most {@value #DIGITS} digits before the point and {@value #FRACTION} after it.
 *
 * @param low none if there is no lower bound
 * @param lowOpen whether the bound itself is out
 * @param high none if there is no upper bound
 * @param highOpen whether the bound itself is out
 */
record NumberRange(
  Optional<BigDecimal> low,
  boolean lowOpen,
  Optional<BigDecimal> high,
  boolean highOpen
) {
  private static final int DIGITS = 15;
  private static final int FRACTION = 6;
  private static final BigInteger MOST = BigInteger.TEN.pow(DIGITS).subtract(BigInteger.ONE);
  /** Below it a 64-bit float tells all numbers of {@link #FRACTION} digits from one another. */
  private static final BigDecimal EXACT = BigDecimal.TEN.pow(DIGITS - FRACTION);
  private static final Regex NOTHING = Regex.alt();
  private static final Regex EMPTY = Regex.seq();

  /** Whether a number of it is sure to be in it when it was read as a 64-bit float. */
  boolean isExact() {
    return isExact(low, lowOpen) && isExact(high, highOpen);
  }

  private static boolean isExact(Optional<BigDecimal> bound, boolean open) {
    if (bound.isEmpty()) {
      return true;
    }
    BigDecimal size = bound.get().abs().stripTrailingZeros();
    boolean whole = size.scale() <= 0;
    return whole && !open ? size.precision() - size.scale() <= DIGITS : fits(size);
  }

  private static boolean fits(BigDecimal size) {
    return size.compareTo(EXACT) <= 0 && size.scale() <= FRACTION;
  }

  /** The whole numbers. */
  Regex integers() {
    BigInteger from = low
      .map(l -> whole(l, RoundingMode.CEILING, lowOpen ? 1 : 0))
      .orElse(MOST.negate());
    BigInteger to = high.map(h -> whole(h, RoundingMode.FLOOR, highOpen ? -1 : 0)).orElse(MOST);
    BigInteger least = from.max(MOST.negate());
    BigInteger most = to.min(MOST);
    Regex positive = naturals(least.max(BigInteger.ZERO), most);
    Regex negative = naturals(most.negate().max(BigInteger.ONE), least.negate());
    return Regex.alt(positive, Regex.seq(Regex.text("-"), negative));
  }

  private static BigInteger whole(BigDecimal bound, RoundingMode inwards, int step) {
    BigInteger rounded = bound.setScale(0, inwards).toBigInteger();
    boolean isWhole = bound.compareTo(new BigDecimal(rounded)) == 0;
    return isWhole ? rounded.add(BigInteger.valueOf(step)) : rounded;
  }

  /** All numbers; {@link #isExact} must hold. */
  Regex decimals() {
    List<Regex> ways = new ArrayList<>();
    if (high.isEmpty() || high.get().signum() >= 0) {
      boolean above = low.isPresent() && low.get().signum() >= 0;
      ways.add(sizes(above ? low.get() : BigDecimal.ZERO, above && lowOpen, high, highOpen));
    }
    if (low.isEmpty() || low.get().signum() < 0) {
      boolean below = high.isPresent() && high.get().signum() <= 0;
      BigDecimal least = below ? high.get().negate() : BigDecimal.ZERO;
      Optional<BigDecimal> most = low.map(BigDecimal::negate);
      ways.add(Regex.seq(Regex.text("-"), sizes(least, below && highOpen, most, lowOpen)));
    }
    return new Regex.Alt(ways);
  }

  /** Numbers without a sign. */
  private static Regex sizes(
    BigDecimal from,
    boolean fromOpen,
    Optional<BigDecimal> to,
    boolean toOpen
  ) {
    BigInteger first = from.toBigInteger();
    String least = fraction(from);
    BigInteger last = to.map(BigDecimal::toBigInteger).orElse(MOST);
    Optional<String> most = to.map(NumberRange::fraction);
    int order = first.compareTo(last);
    if (order > 0) {
      return NOTHING;
    }
    Bound low = new Bound(Optional.of(least), fromOpen);
    Bound high = new Bound(most, toOpen);
    if (order == 0) {
      return Regex.seq(Regex.text(first.toString()), fractions(low, high));
    }
    return Regex.alt(
      Regex.seq(Regex.text(first.toString()), fractions(low, Bound.NONE)),
      Regex.seq(
        naturals(first.add(BigInteger.ONE), last.subtract(BigInteger.ONE)),
        fractions(Bound.NONE, Bound.NONE)
      ),
      Regex.seq(Regex.text(last.toString()), fractions(Bound.NONE, high))
    );
  }

  /** The digits after the point, without zeros at the end. */
  private static String fraction(BigDecimal size) {
    BigDecimal part = size.remainder(BigDecimal.ONE).stripTrailingZeros();
    return part.signum() == 0 ? "" : part.toPlainString().substring(2);
  }

  /** Digits that a fraction must reach or must not pass; none: any may come. */
  private record Bound(Optional<String> digits, boolean open) {
    static final Bound NONE = new Bound(Optional.empty(), false);

    int first() {
      String all = digits.orElseThrow();
      return all.isEmpty() ? 0 : all.charAt(0) - '0';
    }

    Bound rest() {
      String all = digits.orElseThrow();
      return new Bound(Optional.of(all.isEmpty() ? "" : all.substring(1)), open);
    }

    boolean isFree() {
      return digits.isEmpty();
    }

    boolean isZero() {
      return digits.isPresent() && digits.get().isEmpty();
    }
  }

  private static Regex fractions(Bound low, Bound high) {
    Regex some = Regex.seq(Regex.text("."), digits(low, high, FRACTION, false));
    return mayEnd(low, high) ? Regex.maybe(some) : some;
  }

  /** Whether nothing but zeros may follow. */
  private static boolean mayEnd(Bound low, Bound high) {
    boolean enough = low.isFree() || (low.isZero() && !low.open);
    return enough && !(high.isZero() && high.open);
  }

  private static Regex digits(Bound low, Bound high, int left, boolean begun) {
    List<Regex> ways = new ArrayList<>();
    if (begun && mayEnd(low, high)) {
      ways.add(EMPTY);
    }
    for (int digit = 0; left > 0 && digit <= 9; digit++) {
      boolean tooLow = !low.isFree() && digit < low.first();
      boolean tooHigh = !high.isFree() && digit > high.first();
      if (tooLow || tooHigh) {
        continue;
      }
      Bound lower = low.isFree() || digit > low.first() ? Bound.NONE : low.rest();
      Bound higher = high.isFree() || digit < high.first() ? Bound.NONE : high.rest();
      boolean free = lower.isFree() && higher.isFree();
      ways.add(
        Regex.seq(
          Regex.text(Integer.toString(digit)),
          free ? Regex.repeat(Terminals.DIGIT, 0, left - 1) : digits(lower, higher, left - 1, true)
        )
      );
    }
    return new Regex.Alt(ways);
  }

  private static Regex naturals(BigInteger from, BigInteger to) {
    List<Regex> ways = new ArrayList<>();
    int most = to.toString().length();
    for (int length = from.toString().length(); length <= most; length++) {
      BigInteger first = length == 1 ? BigInteger.ZERO : BigInteger.TEN.pow(length - 1);
      BigInteger last = BigInteger.TEN.pow(length).subtract(BigInteger.ONE);
      BigInteger least = from.max(first);
      BigInteger greatest = to.min(last);
      if (least.compareTo(greatest) <= 0) {
        ways.add(between(least.toString(), greatest.toString()));
      }
    }
    return new Regex.Alt(ways);
  }

  /** Numbers between two of the same length. */
  private static Regex between(String from, String to) {
    if (from.isEmpty()) {
      return EMPTY;
    }
    char low = from.charAt(0);
    char high = to.charAt(0);
    String fromRest = from.substring(1);
    String toRest = to.substring(1);
    if (low == high) {
      return Regex.seq(Regex.range(low, low), between(fromRest, toRest));
    }
    int rest = fromRest.length();
    // An end that takes all that follows belongs to the middle: without that, tables grow large.
    boolean wholeLow = fromRest.equals("0".repeat(rest));
    boolean wholeHigh = toRest.equals("9".repeat(rest));
    int first = wholeLow ? low : low + 1;
    int last = wholeHigh ? high : high - 1;
    List<Regex> ways = new ArrayList<>();
    if (first <= last) {
      ways.add(Regex.seq(Regex.range(first, last), Regex.repeat(Terminals.DIGIT, rest, rest)));
    }
    if (!wholeLow) {
      ways.add(Regex.seq(Regex.range(low, low), between(fromRest, "9".repeat(rest))));
    }
    if (!wholeHigh) {
      ways.add(Regex.seq(Regex.range(high, high), between("0".repeat(rest), toRest)));
    }
    return new Regex.Alt(ways);
  }
}
