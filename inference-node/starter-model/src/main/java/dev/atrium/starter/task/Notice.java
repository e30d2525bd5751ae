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
    all.put("what", draw.wording(templates, "event", Map.of("project", entities.project())));
    all.put("date", entities.day());
    all.put("time", entities.time());
    all.put("place", entities.room());
    all.put("who", draw.wording(templates, "people", Map.of("city", entities.city())));
    all.put("contact", entities.colleague());
    boolean story = draw.once(3);
    var told = story ? all : Facts.told(draw, all);
    var question = story
      ? draw.wording(templates, "story", all)
      : new Facts(draw, templates, told).with(draw.wording(templates, "ask", Map.of()));
    var slots = Facts.gaps(draw, templates, SLOTS, told);
    var answer = draw.fill(templates.trained(draw.language(), "answer").getFirst(), slots);
    var copied = Facts.inOrder(answer, told);
    return Task.of(draw, name(), Facts.typed(draw, question), answer, copied);
  }
}
