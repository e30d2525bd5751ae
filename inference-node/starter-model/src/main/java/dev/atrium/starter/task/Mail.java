package dev.atrium.starter.task;

import dev.atrium.starter.corpus.Language;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Mails from facts, each kind in one layout; a fact that is not told stays a gap to fill. */
final class Mail implements TaskFamily {

  private record Kind(String name, List<String> slots) {}

  private static final List<Kind> KINDS = List.of(
    new Kind("leave", List.of("to", "start", "end", "me")),
    new Kind("invite", List.of("topic", "date", "time", "place", "me")),
    new Kind("moved", List.of("topic", "newdate", "time", "me")),
    new Kind("thanks", List.of("to", "help", "me")),
    new Kind("sick", List.of("to", "back", "me")),
    new Kind("invoice", List.of("to", "code", "amount", "due", "me")),
    new Kind("complaint", List.of("to", "order", "problem", "me")),
    new Kind("visitor", List.of("visitor", "company", "date", "time", "me")),
    new Kind("order", List.of("to", "order", "item", "delivery", "me")),
    new Kind("offer", List.of("to", "item", "due", "me"))
  );

  private final Templates templates = new Templates("mail");

  @Override
  public String name() {
    return "mail";
  }

  @Override
  public Task draw(Draw draw) {
    var kind = draw.pick(KINDS);
    var values = new LinkedHashMap<String, String>();
    for (var slot : kind.slots) {
      do {
        values.put(slot, value(draw, slot));
      } while (slot.equals("me") && values.get("me").equals(values.get("to")));
    }
    if (values.containsKey("end")) {
      var days = draw.entities().days();
      values.put("start", days.getFirst());
      values.put("end", days.getLast());
    }
    int missing = draw.once(2) ? 0 : draw.once(4) ? 2 : 1;
    var untold = draw.pick(kind.slots, missing);
    var known = new LinkedHashMap<>(values);
    known.keySet().removeAll(untold);

    var question = missing == 0 && draw.once(3)
      ? Facts.typed(draw, draw.wording(templates, "story." + kind.name, values))
      : asked(draw, kind, known);
    var slots = Facts.gaps(draw, templates, kind.slots, known);
    var answer = draw.fixed(templates, "answer." + kind.name, slots);
    return Task.of(draw, name(), question, answer, Facts.inOrder(answer, known));
  }

  private String asked(Draw draw, Kind kind, Map<String, String> known) {
    var order = draw.once(2)
      ? List.copyOf(known.keySet())
      : draw.shuffled(List.copyOf(known.keySet()));
    var told = new LinkedHashMap<String, String>();
    for (var name : order) told.put(name, known.get(name));
    var what = draw.part(templates, "what." + kind.name, Map.of());
    var text = new Facts(draw, templates, told).text();
    return Wording.asked(draw, templates, "ask", Map.of("what", what), text);
  }

  private static String value(Draw draw, String slot) {
    var entities = draw.entities();
    return switch (slot) {
      case "to" -> entities.colleague();
      case "me" -> draw.once(3) ? entities.person() : entities.colleague();
      case "visitor" -> entities.person();
      case "start", "end", "date", "newdate", "back", "due", "delivery" -> entities.day();
      case "time" -> entities.time();
      case "place" -> entities.room();
      case "topic", "help" -> entities.topic();
      case "code", "order" -> entities.code();
      case "amount" -> entities.amount();
      case "company" -> entities.company();
      case "item" -> entities.goods();
      case "problem" -> draw.pick(
        draw.language() == Language.EN
          ? List.of(
            "damaged",
            "incomplete",
            "too late",
            "with the wrong items",
            "without a delivery note",
            "wet"
          )
          : List.of("损坏", "数量不足", "延迟", "发错货", "缺少送货单", "包装破损")
      );
      default -> throw new IllegalArgumentException(slot);
    };
  }
}
