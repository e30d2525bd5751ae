package dev.atrium.starter.task;

import dev.atrium.starter.corpus.Language;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * An employee's question and some rules of a handbook. The answer quotes the rule that covers it, as
 * {@link Lookup} does, or says that none does.
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
  private static final List<Integer> MANY = List.of(1, 1, 2, 2, 2, 3, 3, 4);

  private final Templates templates = new Templates("handbook");

  @Override
  public String name() {
    return "handbook";
  }

  @Override
  public Task draw(Draw draw) {
    boolean covered = !draw.once(4);
    int most = !draw.after(0.15) ? 1 : !draw.after(0.4) ? 2 : 4;
    int count = Math.min(most, draw.pick(MANY));
    var kinds = draw.pick(List.copyOf(RULES.keySet()), count + 1);
    var asked = kinds.getFirst();
    var value = RULES.get(asked).apply(draw.entities());
    var rules = new ArrayList<String>();
    for (var kind : kinds.subList(1, covered ? count : count + 1)) {
      rules.add(rule(draw, kind, RULES.get(kind).apply(draw.entities())));
    }
    var right = rule(draw, asked, value);
    if (covered) rules.add(draw.random().nextInt(rules.size() + 1), right);
    var question = Wording.question(
      draw,
      draw.wording(templates, asked + ".asked", Map.of()),
      text(draw, rules),
      Map.of("label", draw.part(templates, "label", Map.of()))
    );
    return covered
      ? Task.of(draw, name(), question, Passage.quoted(draw, right), List.of(value, right))
      : Task.of(draw, name(), question, Absent.sentence(draw), List.of());
  }

  private String rule(Draw draw, String kind, String value) {
    return Draw.sentence(draw.part(templates, kind + ".rule", Map.of("v", value)));
  }

  private static String text(Draw draw, List<String> rules) {
    if (draw.once(3)) return String.join(draw.language() == Language.EN ? " " : "", rules);
    int marks = draw.random().nextInt(3);
    var lines = new ArrayList<String>();
    for (var rule : rules) {
      var mark = switch (marks) {
        case 0 -> "- ";
        case 1 -> "[" + (lines.size() + 1) + "] ";
        default -> "";
      };
      lines.add(mark + rule);
    }
    return String.join("\n", lines);
  }
}
