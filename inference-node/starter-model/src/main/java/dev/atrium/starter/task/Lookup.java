package dev.atrium.starter.task;

import java.util.List;

/**
 * A question answered from a text that is given. Where the lines are numbered, the answer ends with
 * the mark of its line; else the sentence that says it is quoted behind it.
 */
final class Lookup implements TaskFamily {

  @Override
  public String name() {
    return "lookup";
  }

  @Override
  public Task draw(Draw draw) {
    boolean abroad = draw.once(14);
    var passage = Passage.draw(
      abroad ? draw.abroad() : draw,
      true,
      abroad ? Passage.travelling() : Relation.all()
    );
    boolean numbered = draw.random().nextBoolean();
    var text = numbered ? passage.numbered() : passage.plain(draw.once(3));
    var question = Passage.framed(draw, text, passage.question(draw));
    var asked = passage.asked();
    return numbered
      ? Task.of(
        draw,
        name(),
        question,
        passage.answer(draw) + " [" + (passage.lines().indexOf(asked.sentence()) + 1) + "]",
        List.of(asked.value())
      )
      : Task.of(
        draw,
        name(),
        question,
        passage.answer(draw) + draw.say(" ", "") + "“" + asked.sentence() + "”",
        List.of(asked.value(), asked.sentence())
      );
  }
}
