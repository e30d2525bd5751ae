package dev.atrium.starter.task;

import dev.atrium.starter.corpus.Language;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A Markdown table of one to three lines of facts, which are told in the order of its columns. */
final class Table implements TaskFamily {

  /** What the columns hold, by the name of the sections. */
  private static final Map<String, List<Relation.Kind>> COLUMNS = new TreeMap<>(
    Map.of(
      "staff",
      List.of(Relation.Kind.PERSON, Relation.Kind.DEPARTMENT, Relation.Kind.OFFICE),
      "goods",
      List.of(Relation.Kind.PRODUCT, Relation.Kind.NUMBER, Relation.Kind.AMOUNT),
      "plan",
      List.of(Relation.Kind.DAY, Relation.Kind.EVENT, Relation.Kind.PERSON),
      "phones",
      List.of(Relation.Kind.PERSON, Relation.Kind.EXTENSION),
      "projects",
      List.of(Relation.Kind.PROJECT, Relation.Kind.PERSON, Relation.Kind.DAY)
    )
  );
  private static final int MOST = 3;

  private final Templates templates = new Templates("table");

  @Override
  public String name() {
    return "table";
  }

  @Override
  public Task draw(Draw draw) {
    var kind = draw.pick(List.copyOf(COLUMNS.keySet()));
    var head = List.of(draw.fixed(templates, kind + ".head", Map.of()).split("\\|"));
    var lines = new ArrayList<String>();
    var answer = new ArrayList<>(
      List.of(
        row(head),
        row(
          head
            .stream()
            .map(_ -> "---")
            .toList()
        )
      )
    );
    var slots = new ArrayList<String>();
    int rows = 1 + draw.random().nextInt(draw.after(0.3) ? MOST : MOST - 1);
    while (lines.size() < rows) {
      var cells = COLUMNS.get(kind)
        .stream()
        .map(of -> of.draw(draw.entities()))
        .toList();
      if (cells.stream().anyMatch(slots::contains)) continue;
      lines.add(told(draw, kind, cells));
      answer.add(row(cells));
      slots.addAll(cells);
    }
    var columns = String.join(draw.say(", ", "、"), head);
    var question = Wording.asked(
      draw,
      templates,
      "rows",
      Map.of("columns", draw.once(2) ? columns : columns.toLowerCase(Locale.ROOT)),
      text(draw, lines)
    );
    return Task.of(draw, name(), question, String.join("\n", answer), slots);
  }

  private String told(Draw draw, String kind, List<String> cells) {
    var slots = Map.of("a", cells.get(0), "b", cells.get(1), "c", cells.getLast());
    return Draw.sentence(draw.part(templates, kind + ".row", slots));
  }

  private static String text(Draw draw, List<String> lines) {
    boolean sentences = lines.stream().allMatch(line -> line.endsWith(".") || line.endsWith("。"));
    if (!sentences || draw.once(2)) return String.join("\n", lines);
    return String.join(draw.language() == Language.EN ? " " : "", lines);
  }

  private static String row(List<String> cells) {
    return "| " + String.join(" | ", cells) + " |";
  }
}
