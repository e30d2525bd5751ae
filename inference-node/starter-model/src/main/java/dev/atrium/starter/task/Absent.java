package dev.atrium.starter.task;

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
    boolean abroad = draw.after(0.5) && draw.once(20);
    var passage = Passage.draw(
      abroad ? draw.abroad() : draw,
      false,
      abroad ? Passage.travelling() : Relation.all()
    );
    return Task.of(draw, name(), passage.framed(draw), sentence(draw), List.of());
  }

  /** The one honest sentence. */
  static String sentence(Draw draw) {
    return draw.fixed(Passage.TEMPLATES, "absent", Map.of());
  }
}
