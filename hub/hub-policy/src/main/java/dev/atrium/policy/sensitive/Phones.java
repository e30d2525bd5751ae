package dev.atrium.policy.sensitive;

import java.util.BitSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Mobile numbers of mainland China, with or without the country code, and numbers in the international
 * form of E.164, which begin with a plus sign. A number that the words before it call an order or the
 * like is left alone.
 */
final class Phones implements Detector {

  private static final int SHORTEST = 8;
  private static final int LONGEST = 15;

  /** Country codes of one and two digits (ITU E.164); of three digits, the zones that have such. */
  private static final BitSet SHORT_CODES = new BitSet();

  private static final Set<Integer> ZONES = Set.of(
    21,
    22,
    23,
    24,
    25,
    26,
    29,
    35,
    37,
    38,
    42,
    50,
    59,
    67,
    68,
    69,
    80,
    85,
    87,
    88,
    96,
    97,
    99
  );

  static {
    for (int code : new int[] {
      1,
      7,
      20,
      27,
      30,
      31,
      32,
      33,
      34,
      36,
      39,
      40,
      41,
      43,
      44,
      45,
      46,
      47,
      48,
      49,
      51,
      52,
      53,
      54,
      55,
      56,
      57,
      58,
      60,
      61,
      62,
      63,
      64,
      65,
      66,
      81,
      82,
      84,
      86,
      90,
      91,
      92,
      93,
      94,
      95,
      98,
    }) {
      SHORT_CODES.set(code);
    }
  }

  @Override
  public Kind kind() {
    return Kind.PHONE;
  }

  @Override
  public void find(Reading text, Consumer<Finding> found) {
    Consumer<Finding> inOrder = once(found);
    for (int i = 0; i < text.length(); i++) {
      char c = text.get(i);
      if (c == '+') {
        international(text, i, inOrder);
      } else if (Reading.digit(c) && !Reading.digit(text.get(i - 1))) {
        mobile(text, i, inOrder);
      }
    }
  }

  /** What begins within the last finding is part of it. */
  private static Consumer<Finding> once(Consumer<Finding> found) {
    int[] end = { 0 };
    return finding -> {
      if (finding.start() >= end[0]) {
        end[0] = finding.end();
        found.accept(finding);
      }
    };
  }

  private static void mobile(Reading text, int start, Consumer<Finding> found) {
    if (!text.numberBegins(start)) {
      return;
    }
    int number = start;
    if (text.has(start, "0086") || text.has(start, "86")) {
      number = start + (text.get(start) == '0' ? 4 : 2);
      number += text.get(number) == ' ' || text.get(number) == '-' ? 1 : 0;
    }
    int end = mobileEnd(text, number);
    if (end > 0 && text.numberEnds(end) && !Context.isOtherNumber(text, start)) {
      found.accept(text.finding(Kind.PHONE, start, end));
    }
  }

  /** The end of 11 digits, in one piece or as 3, 4 and 4; 0 if that is not what stands here. */
  private static int mobileEnd(Reading text, int start) {
    StringBuilder digits = new StringBuilder();
    char sign = text.get(start + 3);
    boolean grouped = sign == ' ' || sign == '-';
    int i = start;
    while (digits.length() < 11) {
      if (grouped && (digits.length() == 3 || digits.length() == 7)) {
        if (text.get(i) != sign) {
          return 0;
        }
        i++;
      }
      if (!Reading.digit(text.get(i))) {
        return 0;
      }
      digits.append(text.get(i++));
    }
    return isMobile(digits) ? i : 0;
  }

  /** By the numbering plan of the MIIT, as of 2024. */
  private static boolean isMobile(CharSequence d) {
    int third = d.charAt(2) - '0';
    return (
      d.charAt(0) == '1' &&
      switch (d.charAt(1)) {
        case '3', '8' -> true;
        case '4' -> third != 2 && third != 3;
        case '5' -> third != 4;
        case '6' -> third == 2 || third == 5 || third == 6 || third == 7;
        case '7' -> third != 9;
        case '9' -> third != 4;
        default -> false;
      }
    );
  }

  private static void international(Reading text, int plus, Consumer<Finding> found) {
    char before = text.get(plus - 1);
    if (Reading.alphanumeric(before) || before == ')' || before == '+' || before == '_') {
      return;
    }
    StringBuilder digits = new StringBuilder();
    int end = 0;
    int i = plus + 1;
    for (int between = 0; digits.length() < LONGEST; i++) {
      char c = text.get(i);
      if (Reading.digit(c)) {
        digits.append(c);
        end = i + 1;
        between = 0;
        if (digits.length() == fixed(digits)) {
          break;
        }
      } else if (digits.isEmpty() || ++between > 2 || " -.()".indexOf(c) < 0) {
        break;
      }
    }
    if (end > 0 && isInternational(digits) && text.numberEnds(end)) {
      found.accept(text.finding(Kind.PHONE, plus, end));
    }
  }

  /** Where the length of all numbers of a country is known, so that no further number is taken in. */
  private static int fixed(CharSequence digits) {
    if (digits.charAt(0) == '1' || digits.charAt(0) == '7') {
      return 11;
    }
    return digits.length() > 2 &&
      digits.charAt(0) == '8' &&
      digits.charAt(1) == '6' &&
      digits.charAt(2) == '1'
      ? 13
      : LONGEST;
  }

  private static boolean isInternational(StringBuilder d) {
    if (d.length() < SHORTEST) {
      return false;
    }
    String digits = d.toString();
    if (digits.startsWith("1")) {
      // NANP: area and exchange begin with 2 to 9.
      return digits.length() == 11 && digits.charAt(1) > '1' && digits.charAt(4) > '1';
    }
    if (digits.startsWith("7")) {
      return digits.length() == 11;
    }
    if (digits.startsWith("86")) {
      return digits.startsWith("861")
        ? digits.startsWith("8610") || (digits.length() == 13 && isMobile(digits.substring(2)))
        : digits.length() >= 11 && digits.length() <= 13;
    }
    int two = Integer.parseInt(digits, 0, 2, 10);
    return SHORT_CODES.get(two) || ZONES.contains(two);
  }
}
