package dev.atrium.starter.task;

import dev.atrium.engine.text.ChatMessage;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Follow-ups: something is told in one turn and asked for in the next. */
final class Follow implements TaskFamily {

  private final Templates templates = new Templates("follow");

  @Override
  public String name() {
    return "follow";
  }

  @Override
  public Task draw(Draw draw) {
    var entities = draw.entities();
    var kinds = Map.<String, Supplier<String>>of(
      "name",
      entities::colleague,
      "city",
      entities::city,
      "project",
      entities::project,
      "time",
      entities::time,
      "code",
      entities::code
    );
    var kind = draw.pick(kinds.keySet().stream().sorted().toList());
    var value = kinds.get(kind).get();
    var slots = Map.of("value", value);
    return new Task(
      name(),
      draw.language(),
      List.of(
        new ChatMessage("user", draw.wording(templates, kind + ".told", slots)),
        new ChatMessage("assistant", draw.wording(templates, kind + ".noted", slots)),
        new ChatMessage("user", draw.wording(templates, kind + ".asked", slots))
      ),
      List.of(draw.fill(templates.trained(draw.language(), kind + ".answer").getFirst(), slots)),
      List.of(value)
    );
  }
}
