package dev.atrium.starter.task;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A blunt sentence said politely, one way for each kind of sentence. */
final class Polite implements TaskFamily {

  private static final List<String> ABOUT_DOING = List.of("request", "request", "refusal", "dont");
  private static final List<String> ABOUT_THINGS = List.of(
    "late",
    "when",
    "forgot",
    "missing",
    "wrong"
  );

  private final Templates templates = new Templates("polite");

  @Override
  public String name() {
    return "polite";
  }

  @Override
  public Task draw(Draw draw) {
    var entities = draw.entities();
    boolean doing = draw.random().nextBoolean();
    var kind = draw.pick(doing ? ABOUT_DOING : ABOUT_THINGS);
    var pieces = Map.of(
      "code",
      entities.code(),
      "company",
      entities.company(),
      "project",
      entities.project(),
      "topic",
      entities.topic(),
      "name",
      entities.colleague(),
      "day",
      entities.day(),
      "time",
      entities.time(),
      "room",
      entities.room(),
      "free",
      entities.free()
    );
    var about = draw.wording(templates, section(kind, doing, draw), pieces);
    var slot = Map.of("x", about);
    var blunt = Facts.typed(draw, draw.part(templates, "blunt." + kind, slot));
    var question = Wording.asked(draw, templates, "ask", Map.of(), blunt);
    var polite = draw.fixed(templates, "answer." + kind, slot);
    var held = pieces.values().stream().filter(about::contains).toList();
    var slots = held
      .stream()
      .sorted((a, b) -> Integer.compare(polite.indexOf(a), polite.indexOf(b)));
    var answer = polite.substring(0, 1).toUpperCase(Locale.ROOT) + polite.substring(1);
    return Task.of(draw, name(), question, answer, slots.toList());
  }

  /** What the sentence is about; what is done for the speaker can only be asked for. */
  private static String section(String kind, boolean doing, Draw draw) {
    if (!doing) return "thing";
    if (kind.equals("dont")) return "not";
    return kind.equals("request") && draw.once(3) ? "do-me" : "do";
  }
}
