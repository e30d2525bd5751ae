package dev.atrium.starter.task;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Facts as people type them: {@code key: value} lines, a list with commas, or pieces of a sentence. The
 * wordings of a fact are the sections {@code label.NAME} and {@code piece.NAME} of the family.
 */
final class Facts {

  private final Draw draw;
  private final Templates templates;
  private final Map<String, String> known;

  /**
   * @param known the facts that are told, in the order in which they are told
   */
  Facts(Draw draw, Templates templates, Map<String, String> known) {
    this.draw = draw;
    this.templates = templates;
    this.known = new LinkedHashMap<>(known);
  }

  /** One line a fact, each with its label. */
  String lines() {
    return join(draw.once(3) ? "; " : "\n", "label.");
  }

  /** One line a fact, or in a row, each as a piece of a sentence. */
  String text() {
    return draw.once(3) ? join(draw.say(", ", "，"), "piece.") : lines();
  }

  private String join(String between, String section) {
    return known
      .entrySet()
      .stream()
      .map(fact -> draw.part(templates, section + fact.getKey(), Map.of("v", fact.getValue())))
      .collect(Collectors.joining(between));
  }

  /** The slots with what is known, and a gap such as {@code [date]} for each that is not. */
  static Map<String, String> gaps(
    Draw draw,
    Templates templates,
    List<String> names,
    Map<String, String> known
  ) {
    var slots = new LinkedHashMap<String, String>();
    for (var name : names) {
      slots.put(
        name,
        known.containsKey(name) ? known.get(name) : draw.fixed(templates, "gap." + name, Map.of())
      );
    }
    return slots;
  }

  /** Some of the facts, most of the time all, in the order given or another. */
  static Map<String, String> told(Draw draw, Map<String, String> all) {
    var names = List.copyOf(all.keySet());
    int missing = draw.once(2) ? 0 : 1;
    var untold = draw.pick(names, missing);
    var told = new LinkedHashMap<String, String>();
    for (var name : draw.once(2) ? names : draw.shuffled(names)) {
      if (!untold.contains(name)) told.put(name, all.get(name));
    }
    return told;
  }

  /** The facts in the order in which the answer has them. */
  static List<String> inOrder(String answer, Map<String, String> told) {
    return told.values().stream().sorted(Comparator.comparingInt(answer::indexOf)).toList();
  }

  /** As hurried people type: now and then without the capital at the start. */
  static String typed(Draw draw, String text) {
    boolean capital = draw.random().nextInt(3) > 0;
    return capital ? text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1) : text;
  }
}
