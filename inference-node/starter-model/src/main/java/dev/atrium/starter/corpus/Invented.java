package dev.atrium.starter.corpus;

import java.util.Locale;
import java.util.random.RandomGenerator;

/**
 * Words that exist nowhere: what a model has never met should look to it like what it doesn't know.
 * They keep the refusals from hanging on the word lists alone.
 */
final class Invented {

  private static final String[] STARTS =
    "b br c ch cl d dr f fl g gr h j k l m n p pl pr qu r s sh sk st str t th tr v w z".split(
      " ",
      -1
    );
  private static final String[] VOWELS = "a e i o u ai ea ee io oa ou y".split(" ", -1);
  private static final String[] ENDS =
    "n r l s t x ck ng nd st rt sh m p th ll ble tion ity ism ium".split(" ", -1);
  private static final int FIRST_HAN = 0x4e00;
  private static final int COMMON_HAN = 0x9fa5 - FIRST_HAN;

  private Invented() {}

  /**
   * @param kind {@code %word}, {@code %Name}, {@code %num}, {@code %two} (of two figures),
   *     {@code %big} (of three to five), {@code %han} (one to three characters)
   */
  static String word(String kind, RandomGenerator random) {
    return switch (kind) {
      case "%word" -> latin(random);
      case "%Name" -> capital(latin(random));
      case "%num" -> Integer.toString(random.nextInt(random.nextBoolean() ? 100 : 100_000));
      case "%two" -> Integer.toString(10 + random.nextInt(90));
      case "%big" -> Integer.toString(100 + random.nextInt(random.nextBoolean() ? 900 : 99_900));
      case "%han" -> han(random);
      default -> throw new IllegalArgumentException("no built-in named " + kind);
    };
  }

  static String capital(String word) {
    return word.isEmpty()
      ? word
      : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
  }

  private static String latin(RandomGenerator random) {
    var out = new StringBuilder();
    int syllables = 1 + random.nextInt(3);
    for (int i = 0; i < syllables; i++) {
      out.append(STARTS[random.nextInt(STARTS.length)]);
      out.append(VOWELS[random.nextInt(VOWELS.length)]);
    }
    return out.append(ENDS[random.nextInt(ENDS.length)]).toString();
  }

  private static String han(RandomGenerator random) {
    var out = new StringBuilder();
    int length = 1 + random.nextInt(3);
    for (int i = 0; i < length; i++) out.appendCodePoint(FIRST_HAN + random.nextInt(COMMON_HAN));
    return out.toString();
  }
}
