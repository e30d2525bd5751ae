package dev.atrium.starter.task;

import dev.atrium.engine.text.ChatMessage;
import dev.atrium.starter.corpus.Language;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * An employee's question and some rules of a handbook. Where the rules are numbered the answer ends
 * with the mark of its rule; where none covers the question it says so, and whom to ask if the rules
 * name somebody.
 */
final class Handbook implements TaskFamily {

  /** What a rule tells, by the name of its sections. */
  private static final Map<String, Function<Entities, String>> RULES = new TreeMap<>(
    Map.ofEntries(
      Map.entry("leave-ahead", entities -> entities.number(2, 40)),
      Map.entry("leave-days", entities -> entities.number(15, 45)),
      Map.entry("hotel-limit", entities -> entities.amount(60, 400)),
      Map.entry("trip-approval", Entities::department),
      Map.entry("receipt-days", entities -> entities.number(3, 90)),
      Map.entry("receipt-limit", entities -> entities.amount(10, 500)),
      Map.entry("help-phone", Entities::extension),
      Map.entry("help-time", entities -> entities.time(6, 9)),
      Map.entry("hours-start", entities -> entities.time(8, 10)),
      Map.entry("sick-day", entities -> entities.number(2, 14)),
      Map.entry("sick-call", entities -> entities.time(7, 10)),
      Map.entry("parking-cost", entities -> entities.amount(10, 250)),
      Map.entry("parking-permit", Entities::office),
      Map.entry("visitor-notice", Entities::extension),
      Map.entry("visitor-leave", entities -> entities.time(16, 20)),
      Map.entry("device-order", Entities::person),
      Map.entry("device-age", entities -> entities.number(18, 72)),
      Map.entry("password-length", entities -> entities.number(8, 32)),
      Map.entry("password-change", entities -> entities.number(30, 400)),
      Map.entry("training-budget", entities -> entities.amount(200, 4000)),
      Map.entry("home-days", entities -> entities.number(2, 16))
    )
  );
  private static final int MOST = 4;

  private final Templates templates = new Templates("handbook");

  @Override
  public String name() {
    return "handbook";
  }

  @Override
  public Task draw(Draw draw) {
    boolean covered = !draw.once(4);
    var kinds = draw.shuffled(List.copyOf(RULES.keySet()));
    var told = kinds.subList(1, (covered ? 1 : 2) + draw.random().nextInt(MOST));
    var asked = kinds.getFirst();
    var value = RULES.get(asked).apply(draw.entities());
    var rules = new ArrayList<String>();
    for (var kind : told) rules.add(rule(draw, kind, RULES.get(kind).apply(draw.entities())));
    int at = draw.random().nextInt(rules.size() + 1);
    if (covered) rules.add(at, rule(draw, asked, value));
    var contact = draw.once(3) ? contact(draw) : "";
    if (!contact.isEmpty()) rules.add(rule(draw, "contact", contact));
    boolean numbered = draw.random().nextBoolean();
    var question = draw.wording(
      templates,
      "frame",
      Map.of(
        "passage",
        text(draw, rules, numbered),
        "question",
        draw.typed(draw.wording(templates, asked + ".asked", Map.of()))
      )
    );
    if (!covered) return uncovered(draw, question, contact);
    var answer = draw.fixed(templates, asked + ".answer", Map.of("v", value));
    var mark = numbered ? " [" + (at + 1) + "]" : "";
    return Task.of(draw, name(), question, answer + mark, List.of(value));
  }

  private Task uncovered(Draw draw, String question, String contact) {
    var ask = contact.isEmpty()
      ? ""
      : draw.say(" ", "") + draw.fixed(templates, "contact.ask", Map.of("v", contact));
    return new Task(
      name(),
      draw.language(),
      List.of(new ChatMessage("user", question)),
      Absent.sentences(draw)
        .stream()
        .map(sentence -> sentence + ask)
        .toList(),
      contact.isEmpty() ? List.of() : List.of(contact)
    );
  }

  private String rule(Draw draw, String kind, String value) {
    return Draw.sentence(draw.wording(templates, kind + ".rule", Map.of("v", value)));
  }

  private static String contact(Draw draw) {
    return draw.random().nextBoolean() ? draw.entities().person() : draw.entities().department();
  }

  private static String text(Draw draw, List<String> rules, boolean numbered) {
    if (!numbered && draw.once(3)) {
      return String.join(draw.language() == Language.EN ? " " : "", rules);
    }
    boolean dashes = draw.once(3);
    var lines = new ArrayList<String>();
    for (int i = 0; i < rules.size(); i++) {
      lines.add((numbered ? "[" + (i + 1) + "] " : dashes ? "- " : "") + rules.get(i));
    }
    return String.join("\n", lines);
  }
}
