package dev.atrium.starter.task;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Sorts a ticket into one of the categories that the question names, or tells its tone. The answer is the bare word, as the question writes it.
 */
final class Classify implements TaskFamily {

  private static final List<String> TECHNICAL = List.of(
    "hardware",
    "software",
    "access",
    "network"
  );
  private static final List<String> OTHERS = List.of("hr", "finance", "facilities", "travel");
  private static final List<String> TONES = List.of("complaint", "question", "praise");

  private final Templates templates = new Templates("classify");

  @Override
  public String name() {
    return "classify";
  }

  @Override
  public Task draw(Draw draw) {
    return draw.once(4) ? among(draw, "tone", TONES, draw.pick(TONES)) : topic(draw);
  }

  private Task topic(Draw draw) {
    var all = new ArrayList<>(OTHERS);
    // "IT" takes in what the four technical ones tell apart, so only one of the two is offered.
    boolean it = draw.once(3);
    if (!it) all.addAll(TECHNICAL);
    var right = it ? draw.pick(List.of("it", "it", draw.pick(OTHERS))) : draw.pick(all);
    if (it) all.add("it");
    all.remove(right);
    var offered = new ArrayList<>(draw.pick(all, 2 + draw.random().nextInt(3)));
    offered.add(right);
    return among(draw, "topic", offered, right);
  }

  private Task among(Draw draw, String by, List<String> offered, String right) {
    boolean capital = draw.once(2);
    var names = draw
      .shuffled(offered)
      .stream()
      .map(c -> called(draw, c, capital))
      .toList();
    var between = draw.pick(
      List.of(draw.say(", ", "、"), " / ", draw.say(" or ", "或"), "|", draw.say("; ", "；"))
    );
    var categories = String.join(between, names);
    var section = right.equals("it") ? draw.pick(TECHNICAL) : right;
    var entities = draw.entities();
    var ticket = Facts.typed(
      draw,
      draw.part(
        templates,
        "ticket." + section,
        Map.of(
          "name",
          entities.colleague(),
          "room",
          entities.room(),
          "code",
          entities.code(),
          "company",
          entities.company(),
          "day",
          entities.day(),
          "project",
          entities.project(),
          "city",
          entities.city(),
          "amount",
          entities.amount()
        )
      )
    );
    var question = Wording.asked(draw, templates, "ask." + by, Map.of("c", categories), ticket);
    var answer = called(draw, right, capital);
    return Task.of(draw, name(), question, answer, List.of(answer));
  }

  private String called(Draw draw, String category, boolean capital) {
    var name = draw.fixed(templates, "name." + category, Map.of());
    return capital ? name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1) : name;
  }
}
