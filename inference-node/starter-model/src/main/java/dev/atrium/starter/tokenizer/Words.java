package dev.atrium.starter.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Cuts text into the pieces that merges never cross: Latin words with their space, runs of Chinese
 * characters, single digits, marks, white space. Digits stay single so that numbers can be copied
 * and added figure by figure.
 */
final class Words {

  /** The same expression stands in tokenizer.json, where Oniguruma reads it. */
  static final String EXPRESSION =
    "'(?:s|d|m|t|ll|ve|re)| ?(?:(?![一-鿿])\\p{L})+|[一-鿿]+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

  private static final Pattern PIECES = Pattern.compile(
    EXPRESSION,
    Pattern.UNICODE_CHARACTER_CLASS
  );

  private Words() {}

  static List<String> of(String text) {
    var out = new ArrayList<String>();
    var matcher = PIECES.matcher(text);
    while (matcher.find()) out.add(matcher.group());
    return out;
  }
}
