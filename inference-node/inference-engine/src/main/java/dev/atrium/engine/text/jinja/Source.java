package dev.atrium.engine.text.jinja;

import java.util.Arrays;

/** A template's text with its newlines made equal, and where its lines begin. */
final class Source {

  /** Real templates have some 20,000 characters. */
  static final int MAX_LENGTH = 1 << 19;

  final String text;
  private final int[] lineStarts;

  Source(String original) {
    if (original.length() > MAX_LENGTH) {
      throw new JinjaException(
        new At(1, 1),
        "the template has more than " + MAX_LENGTH + " characters"
      );
    }
    String unified = original.replace("\r\n", "\n").replace('\r', '\n');
    // Jinja takes one newline off the end of a template, so that files may end with one.
    text = unified.endsWith("\n") ? unified.substring(0, unified.length() - 1) : unified;
    int[] starts = new int[(int) text
      .chars()
      .filter(c -> c == '\n')
      .count() +
    1];
    int line = 1;
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '\n') {
        starts[line++] = i + 1;
      }
    }
    lineStarts = starts;
  }

  At at(int offset) {
    int found = Arrays.binarySearch(lineStarts, offset);
    int line = found >= 0 ? found : -found - 2;
    return new At(line + 1, offset - lineStarts[line] + 1);
  }
}
