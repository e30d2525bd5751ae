package dev.atrium.starter.task;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The note of a meeting from facts: topic, date, people, decision and task. */
final class Minutes implements TaskFamily {

  private static final List<String> SLOTS = List.of(
    "topic",
    "date",
    "people",
    "decision",
    "owner",
    "task",
    "due"
  );

  private final Templates templates = new Templates("minutes");

  @Override
  public String name() {
    return "minutes";
  }

  @Override
  public Task draw(Draw draw) {
    var entities = draw.entities();
    var all = new LinkedHashMap<String, String>();
    all.put("topic", entities.topic());
    var days = entities.days();
    all.put("date", days.getFirst());
    all.put("people", people(draw));
    all.put("decision", text(draw, "decided"));
    all.put("owner", entities.colleague());
    all.put("task", text(draw, "todo"));
    all.put("due", days.getLast());
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

  private static String people(Draw draw) {
    var first = draw.entities().colleague();
    var second = draw.entities().colleague();
    return draw.say(first + " and " + second, first + "和" + second);
  }

  private String text(Draw draw, String section) {
    var entities = draw.entities();
    var pieces = Map.of(
      "company",
      entities.company(),
      "goods",
      entities.goods(),
      "project",
      entities.project(),
      "amount",
      entities.amount(),
      "city",
      entities.city(),
      "name",
      entities.colleague(),
      "free",
      entities.free(),
      "number",
      entities.number(2, 90)
    );
    return draw.wording(templates, section, pieces);
  }
}
