package dev.atrium.policy.sensitive;

import java.util.ArrayList;
import java.util.List;

/**
 * The groups of digits of a text, and the numbers that are written in several of them, such as {@code
 * 6222 0212 3456 7890}: always with the same single space or hyphen between.
 */
final class Groups {

  private static final int MOST_GROUPS = 6;
  /** Longer ones are no number that anything here looks for. */
  private static final int MOST_DIGITS = 24;

  private final Reading text;
  private int start;
  private int end;

  /**
   * Digits without what is between them.
   *
   * @param lengths of the groups
   * @param next length of the group that follows and was left out, 0 if none is
   */
  record Number(int start, int end, String digits, List<Integer> lengths, int next) {
    boolean single() {
      return lengths.size() == 1;
    }
  }

  /** Hears of numbers; whether it takes this one, so that nothing within it is looked at any more. */
  interface Taker {
    boolean take(Number number);
  }

  private Groups(Reading text) {
    this.text = text;
  }

  /** Offers every number: at each group the longest first. */
  static void each(Reading text, Taker taker) {
    new Groups(text).each(taker);
  }

  private void each(Taker taker) {
    for (int i = 0; i < text.length(); ) {
      if (!Reading.digit(text.get(i))) {
        i++;
        continue;
      }
      start = i;
      end = endOfDigits(i);
      i = Math.max(end, take(taker));
    }
  }

  private int endOfDigits(int i) {
    int e = i;
    while (Reading.digit(text.get(e))) {
      e++;
    }
    return e;
  }

  /** The end of the number that was taken, or 0. */
  private int take(Taker taker) {
    if (end - start > MOST_DIGITS || !text.numberBegins(start)) {
      return 0;
    }
    for (Number number : candidates()) {
      if (taker.take(number)) {
        return number.end;
      }
    }
    return 0;
  }

  /** One to six groups from here that the same sign joins; several only if nothing precedes them. */
  private List<Number> candidates() {
    List<Number> found = new ArrayList<>();
    char sign = text.get(end);
    boolean joined = joins(end, sign) && !precededBy(sign);
    StringBuilder digits = new StringBuilder();
    List<Integer> lengths = new ArrayList<>();
    int from = start;
    int to = end;
    while (true) {
      digits.append(text.slice(from, to));
      lengths.add(to - from);
      boolean more = joins(to, sign);
      int next = more ? endOfDigits(to + 1) : to;
      int following = more ? next - to - 1 : 0;
      found.addFirst(new Number(start, to, digits.toString(), List.copyOf(lengths), following));
      if (
        !joined ||
        !more ||
        lengths.size() == MOST_GROUPS ||
        digits.length() + following > MOST_DIGITS
      ) {
        return found;
      }
      from = to + 1;
      to = next;
    }
  }

  private boolean joins(int at, char sign) {
    return (sign == ' ' || sign == '-') && text.get(at) == sign && Reading.digit(text.get(at + 1));
  }

  private boolean precededBy(char sign) {
    return text.get(start - 1) == sign && Reading.digit(text.get(start - 2));
  }
}
