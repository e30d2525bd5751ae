package dev.atrium.policy.sensitive;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.BitSet;
import java.util.List;
import java.util.function.Consumer;

/**
 * Identity numbers of 18 places by GB 11643-1999: a region, a date of birth, a sequence number and a
 * check digit by ISO 7064 MOD 11-2, all of which must hold. Also those of permanent residents (since
 * 2023), which begin with 9. The form of 15 places without a check digit is out of use since 2013 and
 * is not looked for. Written together, or in groups such as 6, 8 and 4.
 */
final class PersonIds implements Detector {

  private static final int[] WEIGHTS = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
  private static final String CHECKS = "10X98765432";
  private static final int FIRST_YEAR = 1880;
  private static final int LAST_YEAR = 2050;
  private static final int FIRST_UNDIVIDED = 81;
  private static final BitSet PROVINCES = new BitSet();

  static {
    for (int p : new int[] {
      11,
      12,
      13,
      14,
      15,
      21,
      22,
      23,
      31,
      32,
      33,
      34,
      35,
      36,
      37,
      41,
      42,
      43,
      44,
      45,
      46,
      50,
      51,
      52,
      53,
      54,
      61,
      62,
      63,
      64,
      65,
      71,
      81,
      82,
      83,
    }) {
      PROVINCES.set(p);
    }
  }

  @Override
  public Kind kind() {
    return Kind.PERSON_ID;
  }

  @Override
  public void find(Reading text, Consumer<Finding> found) {
    Groups.each(text, number -> {
      boolean x = number.digits().length() == 17 && Reading.lower(text.get(number.end())) == 'x';
      String id = x ? number.digits() + 'X' : number.digits();
      int end = x ? number.end() + 1 : number.end();
      if (!grouped(number.lengths(), x) || !valid(id) || !text.numberEnds(end)) {
        return false;
      }
      found.accept(text.finding(Kind.PERSON_ID, number.start(), end));
      return true;
    });
  }

  /** No group is shorter than three places: the parts have 6, 8 and 4. */
  private static boolean grouped(List<Integer> lengths, boolean x) {
    for (int i = 0; i < lengths.size(); i++) {
      if (lengths.get(i) + (x && i == lengths.size() - 1 ? 1 : 0) < 3) {
        return false;
      }
    }
    return true;
  }

  /** Whether 18 places are an identity number. */
  static boolean valid(String id) {
    return id.length() == 18 && region(id) && born(id) && check(id) == id.charAt(17);
  }

  private static boolean region(String id) {
    if (id.charAt(0) == '9') {
      return PROVINCES.get(number(id, 1, 3));
    }
    int province = number(id, 0, 2);
    // Hongkong, Macau and Taiwan have no further division.
    return PROVINCES.get(province) && (number(id, 2, 6) > 0 || province >= FIRST_UNDIVIDED);
  }

  private static boolean born(String id) {
    int year = number(id, 6, 10);
    try {
      LocalDate.of(year, number(id, 10, 12), number(id, 12, 14));
    } catch (DateTimeException _) {
      return false;
    }
    return year >= FIRST_YEAR && year <= LAST_YEAR;
  }

  /** The check digit of the first 17 places. */
  static char check(String id) {
    int sum = 0;
    for (int i = 0; i < WEIGHTS.length; i++) {
      sum += WEIGHTS[i] * (id.charAt(i) - '0');
    }
    return CHECKS.charAt(sum % 11);
  }

  private static int number(String id, int from, int to) {
    return Integer.parseInt(id, from, to, 10);
  }
}
