package dev.atrium.policy.sensitive;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The company's words and phrases: upper or lower case, full or half width, one space or several make no
 * difference. A word that begins or ends with a letter or digit of the Latin alphabet is not found within
 * a longer one; Chinese has no such borders. Of words that overlap the one that begins first is found, and
 * of those the longest.
 */
public final class WordList implements Detector {

  /** Most words of a list. */
  public static final int MOST_WORDS = 20_000;
  /** Longest word, in UTF-16 units. */
  public static final int LONGEST = 64;

  private final Phrases phrases;
  private final List<String> words;

  /** Where a word was found, by indexes of the reading. */
  private record Match(int start, int end) {}

  /**
   * @param words as somebody typed them; what is empty once it is normalised is left out
   */
  public WordList(List<String> words) {
    this.words = words
      .stream()
      .map(WordList::normalised)
      .filter(w -> !w.isEmpty())
      .toList();
    this.phrases = new Phrases(this.words);
  }

  /** What two words have in common that are found in the same places. */
  public static String normalised(String word) {
    Reading reading = new Reading(word.strip());
    StringBuilder normal = new StringBuilder();
    for (int i = 0; i < reading.length(); i++) {
      char c = folded(reading.get(i));
      if (c != ' ' || (!normal.isEmpty() && normal.charAt(normal.length() - 1) != ' ')) {
        normal.append(c);
      }
    }
    return normal.toString().strip();
  }

  /** Simple case folding, a character at a time, so that nothing moves; a line break is a space. */
  private static char folded(char c) {
    return c == '\n' || c == '\r' ? ' ' : Character.toLowerCase(Character.toUpperCase(c));
  }

  /** How many words there are. */
  public int size() {
    return words.size();
  }

  @Override
  public Kind kind() {
    return Kind.WORD;
  }

  @Override
  public void find(Reading text, Consumer<Finding> found) {
    if (words.isEmpty()) {
      return;
    }
    List<Match> matches = new ArrayList<>();
    // Where the last LONGEST characters that counted stood; of spaces in a row only the first counts.
    int[] at = new int[LONGEST];
    int counted = 0;
    int state = phrases.begin();
    boolean space = false;
    for (int i = 0; i < text.length(); i++) {
      char c = folded(text.get(i));
      if (c == ' ' && space) {
        continue;
      }
      space = c == ' ';
      at[counted++ % LONGEST] = i;
      state = phrases.step(state, c);
      int end = i + 1;
      int behind = counted;
      phrases.endings(state, (_, length) -> {
        int start = at[(behind - length) % LONGEST];
        return whole(text, start, end) && matches.add(new Match(start, end));
      });
    }
    tell(text, matches, found);
  }

  private static boolean whole(Reading text, int start, int end) {
    return (
      !(Reading.alphanumeric(text.get(start)) && Reading.alphanumeric(text.get(start - 1))) &&
      !(Reading.alphanumeric(text.get(end - 1)) && Reading.alphanumeric(text.get(end)))
    );
  }

  private static void tell(Reading text, List<Match> matches, Consumer<Finding> found) {
    matches.sort(
      java.util.Comparator.comparingInt(Match::start).thenComparing(
        Match::end,
        java.util.Comparator.reverseOrder()
      )
    );
    int last = 0;
    for (Match match : matches) {
      if (match.start >= last) {
        found.accept(text.finding(Kind.WORD, match.start, match.end));
        last = match.end;
      }
    }
  }
}
