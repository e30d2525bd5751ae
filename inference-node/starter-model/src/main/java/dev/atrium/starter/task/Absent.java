package dev.atrium.starter.task;

import dev.atrium.engine.text.ChatMessage;
import java.util.List;
import java.util.Map;

/**
 * A question as {@link Lookup} has it, but the text tells it of another subject only, or something
 * else of this one: the answer says so.
 */
final class Absent implements TaskFamily {

  @Override
  public String name() {
    return "absent";
  }

  @Override
  public Task draw(Draw draw) {
    boolean abroad = draw.once(14);
    var passage = Passage.draw(
      abroad ? draw.abroad() : draw,
      false,
      abroad ? Passage.travelling() : Relation.all()
    );
    var text = draw.random().nextBoolean()
      ? Passage.numbered(passage.sources(draw.once(4)))
      : passage.plain(draw.once(3));
    var question = Passage.framed(draw, text, passage.question(draw));
    return new Task(
      name(),
      draw.language(),
      List.of(new ChatMessage("user", question)),
      sentences(draw),
      List.of()
    );
  }

  /** The honest sentences, in an order by chance. */
  static List<String> sentences(Draw draw) {
    return draw.shuffled(
      Passage.TEMPLATES.trained(draw.language(), "absent")
        .stream()
        .map(pattern -> draw.fill(pattern, Map.of()))
        .toList()
    );
  }
}
