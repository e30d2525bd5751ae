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
    return draw.random().nextBoolean() ? marked(draw, passage) : quoted(draw, passage);
  }

  private Task marked(Draw draw, Passage passage) {
    var sources = passage.sources(draw.once(4));
    var asked = passage.asked();
    int mark = 1;
    while (!sources.get(mark - 1).contains(asked.sentence())) mark++;
    var question = Passage.framed(draw, Passage.numbered(sources), passage.question(draw));
    var answer = passage.answer(draw) + " [" + mark + "]";
    return Task.of(draw, name(), question, answer, List.of(asked.value()));
  }

  private Task quoted(Draw draw, Passage passage) {
    var asked = passage.asked();
    var question = Passage.framed(draw, passage.plain(draw.once(3)), passage.question(draw));
    var answer = passage.answer(draw) + draw.say(" ", "") + "“" + asked.sentence() + "”";
    return Task.of(draw, name(), question, answer, List.of(asked.value(), asked.sentence()));
  }
}
