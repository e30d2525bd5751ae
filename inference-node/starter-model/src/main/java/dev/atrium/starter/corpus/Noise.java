package dev.atrium.starter.corpus;

import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/** How people type: without capitals or question marks, with a slip, with spaces or without. */
public final class Noise {

  private static final Pattern SPACES = Pattern.compile(" +");
  private static final Pattern BEFORE_MARK = Pattern.compile(" (?=[?!,.])");
  private static final Pattern LATIN_THEN_HAN = Pattern.compile(
    "(?<=[A-Za-z0-9])(?=[一-鿿])|(?<=[一-鿿])(?=[A-Za-z0-9])"
  );
  private static final Pattern LAST_MARK = Pattern.compile("[?.!？。！]+$");

  private static final Pattern MARKS = Pattern.compile("[\\s?!.,:;？！。，：；、～'’“”\"]+");

  private static final Pattern SMALL_WORD = Pattern.compile(
    " (the|a|an|is|are|do|does|to|of|in|on|I|my|me|you|can|it|for|please) "
  );

  private Noise() {}

  /** The words alone, to see whether two wordings are the same: no capitals, spaces or marks. */
  static String bare(String text) {
    return MARKS.matcher(text.toLowerCase(Locale.ROOT)).replaceAll("");
  }

  /** Single spaces, none before a mark, none at the ends. */
  public static String tidy(String text) {
    return BEFORE_MARK.matcher(SPACES.matcher(text).replaceAll(" ")).replaceAll("").strip();
  }

  static String unmarked(String text) {
    return LAST_MARK.matcher(text.strip()).replaceAll("");
  }

  /** Without the first of the small words from a place by chance on, as people type in a hurry. */
  static String hurried(String text, RandomGenerator random) {
    var small = SMALL_WORD.matcher(text);
    if (!small.find(random.nextInt(text.length() + 1))) return text;
    return text.substring(0, small.start()) + text.substring(small.end() - 1);
  }

  static String type(String question, Language language, RandomGenerator random) {
    var text = tidy(question);
    if (random.nextInt(4) == 0) text = LAST_MARK.matcher(text).replaceAll("");
    if (language == Language.EN) text = english(text, random);
    else text = chinese(text, random);
    if (random.nextInt(12) == 0) text = slip(text, random);
    return text.isBlank() ? question.strip() : text;
  }

  private static String english(String text, RandomGenerator random) {
    return switch (random.nextInt(20)) {
      case 0 -> text.toUpperCase(Locale.ROOT);
      case 1, 2, 3, 4, 5, 6 -> text.toLowerCase(Locale.ROOT);
      case 7, 8, 9 -> text;
      default -> Invented.capital(text);
    };
  }

  private static String chinese(String text, RandomGenerator random) {
    var spaced = random.nextBoolean() ? LATIN_THEN_HAN.matcher(text).replaceAll(" ") : text;
    var marked = random.nextInt(5) == 0 ? spaced.replace('？', '?').replace('，', ',') : spaced;
    return random.nextInt(6) == 0 ? marked.toLowerCase(Locale.ROOT) : marked;
  }

  /** One letter left out, doubled, or exchanged with its neighbour. */
  public static String slip(String text, RandomGenerator random) {
    if (text.length() < 6) return text;
    int at = 1 + random.nextInt(text.length() - 2);
    if (Character.isSurrogate(text.charAt(at)) || Character.isSurrogate(text.charAt(at + 1))) {
      return text;
    }
    var head = text.substring(0, at);
    var tail = text.substring(at + 1);
    return switch (random.nextInt(3)) {
      case 0 -> head + tail;
      case 1 -> head + text.charAt(at) + text.charAt(at) + tail;
      default -> head + text.charAt(at + 1) + text.charAt(at) + tail.substring(1);
    };
  }
}
