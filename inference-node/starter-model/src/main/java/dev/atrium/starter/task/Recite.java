package dev.atrium.starter.task;

import dev.atrium.starter.corpus.Language;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What was typed, said again: all of it, one of its lines, its first or last word. Mostly invented
 * words, names and figures, so that nothing helps but copying.
 */
final class Recite implements TaskFamily {

  private static final List<String> ORDINALS = List.of(
    "first",
    "second",
    "third",
    "fourth",
    "fifth"
  );

  private final Templates templates = new Templates("recite");

  @Override
  public String name() {
    return "recite";
  }

  @Override
  public Task draw(Draw draw) {
    return switch (draw.random().nextInt(5)) {
      case 0 -> line(draw);
      case 1 -> word(draw);
      default -> again(draw);
    };
  }

  private Task again(Draw draw) {
    var text = text(draw, 1 + draw.random().nextInt(draw.once(3) ? 8 : 3));
    var question = draw.wording(templates, "again", Map.of("x", text));
    return Task.of(draw, name(), question, text, List.of(text));
  }

  private Task line(Draw draw) {
    var lines = new ArrayList<String>();
    int count = 2 + draw.random().nextInt(4);
    while (lines.size() < count) {
      var line = text(draw, 1 + draw.random().nextInt(3));
      if (
        lines.stream().noneMatch(other -> other.contains(line) || line.contains(other))
      ) lines.add(line);
    }
    int at = draw.random().nextInt(count);
    var slots = Map.of(
      "x",
      String.join("\n", lines),
      "n",
      draw.say(Integer.toString(at + 1), String.valueOf("一二三四五".charAt(at))),
      "nth",
      at == count - 1 && draw.once(2) ? "last" : ORDINALS.get(at)
    );
    var question = draw.wording(templates, "line", slots);
    return Task.of(draw, name(), question, lines.get(at), List.of(lines.get(at)));
  }

  private Task word(Draw draw) {
    var entities = draw.entities();
    var words = IntStream.range(0, 2 + draw.random().nextInt(5))
      .mapToObj(_ -> entities.word())
      .distinct()
      .toList();
    boolean last = draw.random().nextBoolean();
    var word = last ? words.getLast() : words.getFirst();
    var slots = Map.of(
      "x",
      String.join(" ", words),
      "end",
      last ? draw.say("last", "最后一个") : draw.say("first", "第一个")
    );
    return Task.of(draw, name(), draw.wording(templates, "word", slots), word, List.of(word));
  }

  /** So many pieces of one kind, or a mixture of kinds with commas, or a sentence. */
  private static String text(Draw draw, int pieces) {
    var entities = draw.entities();
    int kind = draw.random().nextInt(9);
    if (kind == 8) return Passage.of(draw, List.of(draw.pick(Relation.all()))).lines().getFirst();
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
