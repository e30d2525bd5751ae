package dev.atrium.starter.task;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A notice to all from facts: what happens, when, where, whom it concerns, whom to ask. */
final class Notice implements TaskFamily {

  private static final List<String> SLOTS = List.of(
    "what",
    "date",
    "time",
    "place",
    "who",
    "contact"
  );

  private final Templates templates = new Templates("notice");

  @Override
  public String name() {
    return "notice";
  }

  @Override
  public Task draw(Draw draw) {
    var entities = draw.entities();
    var all = new LinkedHashMap<String, String>();
    all.put("what", material(draw, "event"));
    all.put("date", entities.day());
    all.put("time", entities.time());
    all.put("place", entities.room());
    all.put("who", material(draw, "people"));
    all.put("contact", entities.colleague());
    boolean story = draw.once(3);
    var told = story ? all : Facts.told(draw, all);
    var question = story
      ? Facts.typed(draw, draw.wording(templates, "story", all))
      : Wording.asked(draw, templates, "ask", Map.of(), new Facts(draw, templates, told).text());
    var slots = Facts.gaps(draw, templates, SLOTS, told);
    var answer = draw.fixed(templates, "answer", slots);
    var copied = Facts.inOrder(answer, told);
    return Task.of(draw, name(), question, answer, copied);
  }

  private String material(Draw draw, String section) {
    var entities = draw.entities();
    var pieces = Map.of(
      "project",
      entities.project(),
      "city",
      entities.city(),
      "company",
      entities.company(),
      "department",
      entities.department(),
      "name",
      entities.colleague(),
      "free",
      entities.free()
    );
    return draw.wording(templates, section, pieces);
  }
}
