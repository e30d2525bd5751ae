package dev.atrium.starter.task;

import java.util.List;

/**
 * A question answered from a text that is given. The answer quotes the sentence that says it, so that
 * whoever asked sees at once where it stands and whether it is the right one.
 */
final class Lookup implements TaskFamily {

  @Override
  public String name() {
    return "lookup";
  }

  @Override
  public Task draw(Draw draw) {
    boolean abroad = draw.after(0.5) && draw.once(20);
    var passage = Passage.draw(
      abroad ? draw.abroad() : draw,
      true,
      abroad ? Passage.travelling() : Relation.all()
    );
    var asked = passage.asked();
    var answer = Passage.quoted(draw, asked.sentence());
    return Task.of(
      draw,
      name(),
      passage.framed(draw),
      answer,
      List.of(asked.value(), asked.sentence())
    );
  }
}
