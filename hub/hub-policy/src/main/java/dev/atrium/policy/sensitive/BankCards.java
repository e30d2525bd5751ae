package dev.atrium.policy.sensitive;

import java.util.List;
import java.util.function.Consumer;

/**
 * Numbers of payment cards (ISO/IEC 7812): a prefix that an issuer has, a length that this issuer uses,
 * and the check digit by Luhn. One in ten numbers of the right look has a right check digit by chance, so
 * a number that the words before it call an order or the like is left alone.
 */
final class BankCards implements Detector {

  /** Prefixes from {@code low} to {@code high}, both of the same length, with 15 to 19 digits in all. */
  private record Issuer(int low, int high, int shortest, int longest) {
    boolean has(String digits) {
      int prefix = Integer.parseInt(digits, 0, Integer.toString(low).length(), 10);
      return (
        prefix >= low && prefix <= high && digits.length() >= shortest && digits.length() <= longest
      );
    }
  }

  private static final List<Issuer> ISSUERS = List.of(
    new Issuer(4, 4, 16, 16), // Visa
    new Issuer(51, 55, 16, 16), // Mastercard
    new Issuer(2221, 2720, 16, 16),
    new Issuer(34, 34, 15, 15), // American Express
    new Issuer(37, 37, 15, 15),
    new Issuer(62, 62, 16, 19), // UnionPay
    new Issuer(81, 81, 16, 19),
    new Issuer(9558, 9558, 19, 19), // of Chinese banks, older than UnionPay
    new Issuer(6011, 6011, 16, 19), // Discover
    new Issuer(644, 649, 16, 19),
    new Issuer(65, 65, 16, 19),
    new Issuer(3528, 3589, 16, 19), // JCB
    new Issuer(300, 305, 14, 14), // Diners Club
    new Issuer(36, 36, 14, 14),
    new Issuer(38, 39, 14, 14),
    new Issuer(2200, 2204, 16, 19), // Mir
    new Issuer(60, 60, 16, 16), // RuPay
    new Issuer(508, 508, 16, 16),
    new Issuer(6304, 6304, 16, 19), // Maestro
    new Issuer(6759, 6763, 16, 19),
    new Issuer(5018, 5038, 16, 19)
  );

  @Override
  public Kind kind() {
    return Kind.BANK_CARD;
  }

  @Override
  public void find(Reading text, Consumer<Finding> found) {
    Groups.each(text, number -> {
      if (
        !valid(number.digits()) ||
        !printed(number) ||
        !text.numberEnds(number.end()) ||
        Context.isOtherNumber(text, number.start())
      ) {
        return false;
      }
      found.accept(text.finding(Kind.BANK_CARD, number.start(), number.end()));
      return true;
    });
  }

  /** As cards and forms show it: in one piece, in fours, or as American Express and UnionPay do. */
  private static boolean printed(Groups.Number number) {
    List<Integer> lengths = number.lengths();
    if (number.single()) {
      return true;
    }
    if (number.next() == 4) {
      return false; // one of a row of numbers with four digits
    }
    boolean fours = lengths
      .subList(0, lengths.size() - 1)
      .stream()
      .allMatch(l -> l == 4);
    return (
      (fours && lengths.getLast() <= 4) ||
      lengths.equals(List.of(4, 6, 5)) ||
      lengths.equals(List.of(4, 6, 4)) ||
      (lengths.size() == 2 && lengths.getFirst() == 6 && lengths.getLast() >= 10)
    );
  }

  /** Whether an issuer has such numbers and the check digit is right. */
  static boolean valid(String digits) {
    return (
      digits.length() >= 14 &&
      digits.length() <= 19 &&
      luhn(digits) &&
      ISSUERS.stream().anyMatch(issuer -> issuer.has(digits))
    );
  }

  /** ISO/IEC 7812-1, annex B. */
  static boolean luhn(String digits) {
    int sum = 0;
    for (int i = 0; i < digits.length(); i++) {
      int d = digits.charAt(digits.length() - 1 - i) - '0';
      int doubled = d * 2;
      sum += i % 2 == 0 ? d : doubled > 9 ? doubled - 9 : doubled;
    }
    return sum % 10 == 0 && digits.chars().distinct().count() > 1;
  }
}
