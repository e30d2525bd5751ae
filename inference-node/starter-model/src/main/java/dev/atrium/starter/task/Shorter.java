package dev.atrium.starter.task;

import java.util.Comparator;
import java.util.Locale;
import java.util.Map;

/** A wordy sentence made short: what it says is kept word for word, what is around it goes. */
final class Shorter implements TaskFamily {

  private final Templates templates = new Templates("shorter");

  @Override
  public String name() {
    return "shorter";
  }

  @Override
  public Task draw(Draw draw) {
    var entities = draw.entities();
    var pieces = Map.ofEntries(
      Map.entry("topic", entities.topic()),
      Map.entry("time", entities.time()),
      Map.entry("room", entities.room()),
      Map.entry("day", entities.day()),
      Map.entry("name", entities.colleague()),
      Map.entry("company", entities.company()),
      Map.entry("code", entities.code()),
      Map.entry("project", entities.project()),
      Map.entry("amount", entities.amount()),
      Map.entry("goods", entities.goods()),
      Map.entry("free", entities.free())
    );
    var core = draw.wording(templates, "core", pieces);
    var wordy = draw.part(templates, "frame", Map.of("x", core));
    var capital = wordy.substring(0, 1).toUpperCase(Locale.ROOT) + wordy.substring(1);
    var question = Wording.asked(draw, templates, "ask", Map.of(), capital);
    var answer =
      core.substring(0, 1).toUpperCase(Locale.ROOT) + core.substring(1) + draw.say(".", "。");
    var slots = pieces
      .values()
      .stream()
      .filter(piece -> core.contains(piece) && answer.contains(piece))
      .sorted(Comparator.comparingInt(answer::indexOf))
      .toList();
    return Task.of(draw, name(), question, answer, slots);
  }
}
