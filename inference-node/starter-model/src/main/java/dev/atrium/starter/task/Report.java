package dev.atrium.starter.task;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A weekly report from facts: what is done, open and next, and what went wrong. */
final class Report implements TaskFamily {

  private static final List<String> SLOTS = List.of("project", "done", "open", "next", "problem");

  private final Templates templates = new Templates("report");

  @Override
  public String name() {
    return "report";
  }

  @Override
  public Task draw(Draw draw) {
    var entities = draw.entities();
    var all = new LinkedHashMap<String, String>();
    all.put("project", entities.project());
    for (var part : SLOTS.subList(1, SLOTS.size())) {
      all.put(part, draw.wording(templates, "item." + part, pieces(entities)));
    }
    boolean story = draw.once(3);
    var told = story ? all : Facts.told(draw, all);
    var question = story
      ? Facts.typed(draw, draw.wording(templates, "story", all))
      : Wording.asked(draw, templates, "ask", Map.of(), new Facts(draw, templates, told).lines());
    var slots = Facts.gaps(draw, templates, SLOTS, told);
    var answer = draw.fixed(templates, "answer", slots);
    var copied = Facts.inOrder(answer, told);
    return Task.of(draw, name(), question, answer, copied);
  }

  private static Map<String, String> pieces(Entities entities) {
    return Map.of(
      "company",
      entities.company(),
      "code",
      entities.code(),
      "topic",
      entities.topic(),
      "name",
      entities.colleague(),
      "city",
      entities.city(),
      "room",
      entities.room(),
      "goods",
      entities.goods(),
      "free",
      entities.free(),
      "number",
      entities.number(2, 90)
    );
  }
}
