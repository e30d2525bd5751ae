package dev.atrium.starter.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Cuts text into the pieces that merges never cross: small Latin words with their space, capitalised
 * ones without, single Chinese characters, single digits, marks, white space. What has to be copied is
 * the same pieces wherever it stands: a name has no space of its own, a Chinese one no piece in common
 * with its neighbours, a number is copied figure by figure.
 */
final class Words {

  /** The same expression stands in tokenizer.json, where Oniguruma reads it. */
  static final String EXPRESSION =
    "'(?:s|d|m|t|ll|ve|re)| ?\\p{Ll}+|\\p{Lu}+\\p{Ll}*|[一-鿿]|\\p{L}|\\p{N}| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

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
