package dev.atrium.policy.sensitive;

import java.util.List;
import java.util.Locale;

/** Whether characters look as if chance or somebody's care for safety had chosen them. */
final class Strength {

  private static final int SHORTEST = 6;
  private static final double LEAST_BITS = 2.2;
  private static final List<String> PLACEHOLDERS = List.of(
    "xxxx",
    "****",
    "....",
    "your",
    "${",
    "{{",
    "<",
    "%s",
    "placeholder",
    "redacted",
    "changeme",
    "os.environ",
    "process.env",
    "getenv"
  );

  private Strength() {}

  /** Enough different characters for their number, and not what is written in place of a secret. */
  static boolean varied(String value) {
    return !placeholder(value) && bits(value) >= LEAST_BITS;
  }

  /** As {@link #varied}; and no word, path, type or call such as follows a colon everywhere. */
  static boolean password(String value) {
    return value.length() >= SHORTEST && mixed(value) && varied(value) && !value.contains("(");
  }

  private static boolean placeholder(String value) {
    String lower = value.toLowerCase(Locale.ROOT);
    return PLACEHOLDERS.stream().anyMatch(lower::contains);
  }

  /** Letters with digits, or either with signs that are rare in names and paths. */
  private static boolean mixed(String value) {
    boolean letters = false;
    boolean digits = false;
    boolean signs = false;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      letters |= Reading.letter(c);
      digits |= Reading.digit(c);
      signs |= "!@#$%^&*+=~?".indexOf(c) >= 0;
    }
    return (letters && (digits || signs)) || (digits && signs);
  }

  /** Entropy of the characters by their own frequencies, in bits a character (Shannon). */
  static double bits(String value) {
    int[] counts = new int[128];
    int counted = 0;
    for (int i = 0; i < value.length(); i++) {
      counts[value.charAt(i) & 127]++;
      counted++;
    }
    double bits = 0;
    for (int count : counts) {
      if (count > 0) {
        double p = (double) count / counted;
        bits -= (p * Math.log(p)) / Math.log(2);
      }
    }
    return bits;
  }
}
