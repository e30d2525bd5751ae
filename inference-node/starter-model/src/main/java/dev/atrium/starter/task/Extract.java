package dev.atrium.starter.task;

import dev.atrium.starter.corpus.Language;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What a text holds of one kind, in its order, one a line behind a dash; or that there is none. */
final class Extract implements TaskFamily {

  private static final List<Relation.Kind> KINDS = List.of(
    Relation.Kind.PERSON,
    Relation.Kind.DAY,
    Relation.Kind.AMOUNT,
    Relation.Kind.MAIL,
    Relation.Kind.CODE,
    Relation.Kind.TIME
  );
  /** What has a name too: not beside people, when names are asked for. */
  private static final Set<Relation.Kind> NAMED = EnumSet.of(
    Relation.Kind.PROJECT,
    Relation.Kind.COMPANY,
    Relation.Kind.CITY
  );
  private static final List<Integer> SENTENCES = List.of(1, 2, 2, 3, 3);

  private record Found(int at, String text) {}

  private final Templates templates = new Templates("extract");

  @Override
  public String name() {
    return "extract";
  }

  @Override
  public Task draw(Draw draw) {
    var kind = draw.pick(KINDS);
    var passage = Passage.of(draw, relations(draw, kind));
    var text = passage.plain(draw.once(3));
    var found = passage
      .told()
      .stream()
      .flatMap(fact ->
        Map.of(fact.relation().subject(), fact.subject(), fact.relation().value(), fact.value())
          .entrySet()
          .stream()
          .filter(entry -> entry.getKey() == kind)
          .map(entry ->
            new Found(
              text.indexOf(fact.sentence()) + fact.sentence().indexOf(entry.getValue()),
              entry.getValue()
            )
          )
      )
      .sorted(Comparator.comparingInt(Found::at))
      .map(Found::text)
      .distinct()
      .toList();
    var what = draw.part(templates, section(kind), Map.of());
    var question = Wording.asked(draw, templates, "pick", Map.of("what", what), text);
    var answer = found.isEmpty()
      ? draw.fixed(templates, "none", Map.of())
      : found
        .stream()
        .map(item -> "- " + item)
        .collect(Collectors.joining("\n"));
    return Task.of(draw, name(), question, answer, found);
  }

  /** Those of a text that has some of the kind, or once in seven none. */
  private static List<Relation> relations(Draw draw, Relation.Kind kind) {
    var all = Relation.all()
      .stream()
      .filter(
        r ->
          kind != Relation.Kind.PERSON ||
          (!NAMED.contains(r.subject()) && !NAMED.contains(r.value()))
      )
      .toList();
    var without = all
      .stream()
      .filter(relation -> !has(relation, kind))
      .toList();
    var with = all
      .stream()
      .filter(relation -> has(relation, kind))
      .toList();
    int most = !draw.after(0.2) ? 1 : !draw.after(0.5) ? 2 : 3;
    int count = Math.min(most, draw.pick(SENTENCES));
    int having = draw.once(7) ? 0 : 1 + draw.random().nextInt(count);
    return draw.shuffled(
      IntStream.range(0, count)
        .mapToObj(i -> draw.pick(i < having ? with : without))
        .toList()
    );
  }

  private static boolean has(Relation relation, Relation.Kind kind) {
    return relation.subject() == kind || relation.value() == kind;
  }

  private static String section(Relation.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  /** {@code name, date and amount}, {@code 姓名、日期和金额}, or with commas only. */
  static String enumerated(Draw draw, List<String> items) {
    var comma = draw.say(", ", "、");
    if (items.size() == 1 || (items.size() > 2 && draw.once(3))) return String.join(comma, items);
    return (
      String.join(comma, items.subList(0, items.size() - 1)) +
      draw.say(" and ", "和") +
      items.getLast()
    );
  }
}
