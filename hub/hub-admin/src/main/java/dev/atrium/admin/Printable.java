package dev.atrium.admin;

/**
 * What somebody else wrote, such as it may be shown on a terminal: a terminal obeys control characters,
 * and whoever is read in an emergency must not be the one who writes on the reader's screen.
 */
final class Printable {

  private static final int PICTURES = 0x2400;
  private static final int PICTURE_OF_DELETE = 0x2421;
  private static final int REPLACEMENT = 0xFFFD;

  private Printable() {}

  /** Line ends and tabs stay; every other control character becomes one that can be seen. */
  static String of(String text) {
    StringBuilder shown = new StringBuilder(text.length());
    text.replace("\r\n", "\n").codePoints().map(Printable::shown).forEach(shown::appendCodePoint);
    return shown.toString();
  }

  private static int shown(int c) {
    if (c == '\n' || c == '\t' || !Character.isISOControl(c)) {
      return c;
    }
    return c < ' ' ? PICTURES + c : c == 0x7F ? PICTURE_OF_DELETE : REPLACEMENT;
  }
}
