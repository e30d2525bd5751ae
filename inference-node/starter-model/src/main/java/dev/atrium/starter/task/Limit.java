package dev.atrium.starter.task;

import dev.atrium.engine.text.ChatMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a family can't do is refused honestly, in one of the sentences of its section {@code limit}. */
final class Limit {

  private Limit() {}

  static Task refused(Draw draw, String family, String question, Templates templates) {
    var sentences = new ArrayList<String>();
    for (var sentence : templates.trained(draw.language(), "limit")) {
      sentences.add(draw.fill(sentence, Map.of()));
    }
    var messages = List.of(new ChatMessage("user", question));
    return new Task(family, draw.language(), messages, draw.shuffled(sentences), List.of());
  }
}
