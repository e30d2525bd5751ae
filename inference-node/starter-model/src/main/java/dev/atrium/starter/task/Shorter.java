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
    var pieces = Map.of(
      "topic",
      entities.topic(),
      "time",
      entities.time(),
      "room",
      entities.room(),
      "day",
      entities.day(),
      "name",
      entities.colleague(),
      "company",
      entities.company(),
      "code",
      entities.code(),
      "project",
      entities.project(),
      "amount",
      entities.amount(),
      "goods",
      entities.goods()
    );
    var core = draw.wording(templates, "core", pieces);
    var wordy = draw.wording(templates, "frame", Map.of("x", core));
    var capital = wordy.substring(0, 1).toUpperCase(Locale.ROOT) + wordy.substring(1);
    var question = draw.wording(templates, "ask", Map.of("s", capital));
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
