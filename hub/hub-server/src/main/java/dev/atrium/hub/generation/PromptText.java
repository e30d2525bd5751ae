package dev.atrium.hub.generation;

import dev.atrium.hub.conversation.FileText;
import dev.atrium.hub.conversation.Turn;
import java.util.function.UnaryOperator;

/**
 * A message as a model reads it: what was written, and before it each of its files under its name, fenced
 * like code in Markdown. Every way to a model goes through here.
 */
final class PromptText {

  private static final int SHORTEST_FENCE = 3;

  private PromptText() {}

  /**
   * The whole text of a turn.
   *
   * @param mask what becomes of each text before it is put in
   */
  static String of(Turn turn, UnaryOperator<String> mask) {
    String written = mask.apply(turn.text());
    if (turn.files().isEmpty()) {
      return written;
    }
    StringBuilder all = new StringBuilder();
    for (FileText file : turn.files()) {
      append(all, mask.apply(file.name()), mask.apply(file.text()));
    }
    return written.isBlank() ? all.toString().stripTrailing() : all.append(written).toString();
  }

  private static void append(StringBuilder all, String name, String text) {
    String fence = "`".repeat(Math.max(SHORTEST_FENCE, longestFence(text) + 1));
    all.append("File: ").append(name).append('\n').append(fence).append('\n').append(text);
    if (!text.endsWith("\n")) {
      all.append('\n');
    }
    all.append(fence).append("\n\n");
  }

  /** No text ends its own fence: it is longer than any that stands in it. */
  private static int longestFence(String text) {
    int longest = 0;
    int run = 0;
    for (int i = 0; i < text.length(); i++) {
      run = text.charAt(i) == '`' ? run + 1 : 0;
      longest = Math.max(longest, run);
    }
    return longest;
  }
}
