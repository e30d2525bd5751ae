package dev.atrium.hub.conversation;

/** Titles made from the first words of a prompt. */
final class Titles {

  /** Most code points of a title that is made; a reader may choose a longer one. */
  static final int MADE = 60;

  /** Most code points of any title. */
  static final int LONGEST = 200;

  private Titles() {}

  /** From what was written, or the name of the first file where nothing was. */
  static String from(NewPrompt prompt) {
    return prompt.text().isBlank() && !prompt.files().isEmpty()
      ? from(prompt.files().getFirst().name())
      : from(prompt.text());
  }

  /** One line, cut between words where there are any, with an ellipsis if something was cut. */
  static String from(String prompt) {
    var line = oneLine(prompt);
    if (line.isEmpty()) {
      return "…";
    }
    if (line.codePointCount(0, line.length()) <= MADE) {
      return line;
    }
    var cut = line.substring(0, line.offsetByCodePoints(0, MADE));
    var space = cut.lastIndexOf(' ');
    // Chinese has no spaces, and a very long word is better cut than left out.
    var kept = space > cut.length() / 2 ? cut.substring(0, space) : cut;
    return kept.stripTrailing() + "…";
  }

  /** White space and control characters become single spaces. */
  static String oneLine(String text) {
    return text.replaceAll("[\\s\\p{Cntrl}\\u2028\\u2029]+", " ").strip();
  }
}
