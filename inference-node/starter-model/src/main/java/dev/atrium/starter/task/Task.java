package dev.atrium.starter.task;

import dev.atrium.engine.text.ChatMessage;
import dev.atrium.starter.corpus.Language;
import java.util.List;

/**
 * Something to do for the model, and how it is done rightly.
 *
 * @param messages the chat up to the question; the last is the user's
 * @param right every answer that is right, the first being the one to learn
 * @param slots the pieces of the question that a right answer holds, in its order; empty when it takes
 *     nothing from it
 */
public record Task(
  String family,
  Language language,
  List<ChatMessage> messages,
  List<String> right,
  List<String> slots
) {
  public Task {
    messages = List.copyOf(messages);
    right = List.copyOf(right);
    slots = List.copyOf(slots);
    if (right.isEmpty()) throw new IllegalArgumentException("a task needs an answer");
    for (var slot : slots) {
      if (!right.getFirst().contains(slot)) {
        throw new IllegalArgumentException("'" + slot + "' is not in: " + right.getFirst());
      }
    }
  }

  /** A task of one question and one answer. */
  static Task of(Draw draw, String family, String question, String answer, List<String> slots) {
    var messages = List.of(new ChatMessage("user", question));
    return new Task(family, draw.language(), messages, List.of(answer), slots);
  }

  public String answer() {
    return right.getFirst();
  }
}
