package dev.atrium.starter.task;

import dev.atrium.starter.corpus.Language;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What was typed, said again. Mostly invented words, names and figures, so that nothing helps but
 * copying. It begins with a capital: a small letter would be another token behind a space.
 */
final class Recite implements TaskFamily {

  private final Templates templates = new Templates("recite");

  @Override
  public String name() {
    return "recite";
  }

  @Override
  public Task draw(Draw draw) {
    int most = draw.after(0.3) && draw.once(3) ? 6 : 3;
    var text = Draw.sentence(text(draw, 1 + draw.random().nextInt(most)));
    var question = Wording.asked(draw, templates, "again", Map.of(), text);
    return Task.of(draw, name(), question, text, List.of(text));
  }

  /** So many pieces of one kind, or a mixture of kinds with commas, or a sentence. */
  private static String text(Draw draw, int pieces) {
    var entities = draw.entities();
    int kind = draw.random().nextInt(10);
    if (kind > 7) return Passage.of(draw, List.of(draw.pick(Relation.all()))).lines().getFirst();
    var out = new ArrayList<String>();
    for (int i = 0; i < pieces; i++) {
      out.add(
        switch (kind == 7 ? draw.random().nextInt(7) : kind) {
          case 0 -> entities.person();
          case 1 -> entities.code();
          case 2 -> entities.number(10, 99_999);
          case 3 -> entities.things();
          case 4 -> entities.city();
          default -> entities.word();
        }
      );
    }
    if (kind == 2 || (kind > 4 && kind < 7)) return String.join(" ", out);
    return String.join(draw.language() == Language.EN ? ", " : "、", out);
  }
}
