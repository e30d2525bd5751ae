package dev.atrium.engine.scripted;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a scripted model writes: words that count, so that a gap, a repeat and a piece of somebody
 * else's answer show at once. {@code write 4 words from 7} is answered with {@code 7 né 8 9 好 10}.
 * Chinese, an accent and characters beyond the Basic Multilingual Plane are among them, because
 * positions are counted in code points and tokens are bytes.
 */
public final class CountedWords {

  /** The longest answer that can be asked for; a context ends long before. */
  public static final int MOST = 99_999;

  private static final Pattern REQUEST = Pattern.compile(
    "(\\d{1,5}) words(?: from (\\d{1,9}))?",
    Pattern.CASE_INSENSITIVE
  );
  private static final String[] TAILS = { "", " 好", "", " 👋", "", " 日本語", "", " né" };

  private CountedWords() {}

  /**
   * The answer to a prompt: a function of its text and nothing else.
   *
   * @param otherwise how many words, if the prompt names no number
   */
  public static String answerTo(String prompt, int otherwise) {
    Matcher request = REQUEST.matcher(prompt);
    if (!request.find()) {
      return text(otherwise, 1);
    }
    int from = request.group(2) == null ? 1 : Integer.parseInt(request.group(2));
    return text(Integer.parseInt(request.group(1)), from);
  }

  /** So many words, counted from {@code from}. */
  public static String text(int words, int from) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < words; i++) {
      text.append(i == 0 ? "" : " ").append(word(from + (long) i));
    }
    return text.toString();
  }

  private static String word(long number) {
    return number + TAILS[(int) (number % TAILS.length)];
  }
}
