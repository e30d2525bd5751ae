package dev.atrium.starter.task;

import dev.atrium.engine.text.ChatMessage;
import java.util.List;

/** What a family can't do is refused honestly, in one of the sentences of its section {@code limit}. */
final class Limit {

  private Limit() {}

  static Task refused(Draw draw, String family, String question, Templates templates) {
    var messages = List.of(new ChatMessage("user", question));
    var sentences = draw.all(templates, "limit");
    return new Task(family, draw.language(), messages, sentences, List.of());
  }
}
