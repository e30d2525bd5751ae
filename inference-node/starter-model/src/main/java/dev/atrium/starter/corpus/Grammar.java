package dev.atrium.starter.corpus;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * The rules that patterns refer to, and their expansion: by chance for the corpus, or exhaustively
 * for the evaluation, which asks whether an answer is one that the corpus could have given.
 */
final class Grammar {

  /** One alternative of a rule; {@code behind} is what stands after the arrow, or empty. */
  record Entry(Pattern pattern, String behind) {}

  /** What was chosen for a slot: the words themselves and what stands behind them. */
  record Chosen(String said, String behind) {}

  private static final int MOST_EXPANSIONS = 20_000;

  private final Map<String, List<Entry>> rules = new HashMap<>();

  void add(String rule, String alternative) {
    int arrow = alternative.indexOf(" => ");
    var said = arrow < 0 ? alternative : alternative.substring(0, arrow);
    var behind = arrow < 0 ? "" : alternative.substring(arrow + 4);
    rules.computeIfAbsent(rule, _ -> new ArrayList<>()).add(new Entry(Pattern.parse(said), behind));
  }

  /**
   * @throws IllegalArgumentException naming the rule when there is none of that name
   */
  List<Entry> rule(String name) {
    var entries = rules.get(name);
    if (entries == null) throw new IllegalArgumentException("no rule named " + name);
    return entries;
  }

  /** One text by chance; what {@code {x:rule}} chose is put into {@code slots}. */
  String expand(Pattern pattern, RandomGenerator random, Map<String, Chosen> slots) {
    var out = new StringBuilder();
    expand(pattern, random, slots, out);
    return out.toString();
  }

  private void expand(
    Pattern pattern,
    RandomGenerator random,
    Map<String, Chosen> slots,
    StringBuilder out
  ) {
    switch (pattern) {
      case Pattern.Text(var text) -> out.append(text);
      case Pattern.Sequence(var parts) -> parts.forEach(p -> expand(p, random, slots, out));
      case Pattern.Choice(var options) -> expand(pick(options, random), random, slots, out);
      case Pattern.Maybe(var inner) -> {
        if (random.nextBoolean()) expand(inner, random, slots, out);
      }
      case Pattern.Rule(var name) -> {
        if (name.startsWith("%")) out.append(Invented.word(name, random));
        else expand(pick(rule(name), random).pattern(), random, slots, out);
      }
      case Pattern.Bound(var slot, var name) -> {
        var entry = pick(rule(name), random);
        var said = expand(entry.pattern(), random, slots);
        slots.put(slot, new Chosen(said, entry.behind()));
        out.append(said);
      }
      case Pattern.Recall(var slot, var behind) -> out.append(recall(slots, slot, behind));
    }
  }

  /** Every text that the pattern can become, given the slots. */
  Set<String> expansions(Pattern pattern, Map<String, Chosen> slots) {
    var all = switch (pattern) {
      case Pattern.Text(var text) -> Set.of(text);
      case Pattern.Sequence(var parts) -> product(parts, slots);
      case Pattern.Choice(var options) -> union(options, slots);
      case Pattern.Maybe(var inner) -> {
        var with = new LinkedHashSet<>(expansions(inner, slots));
        with.add("");
        yield with;
      }
      case Pattern.Rule(var name) -> union(rule(name).stream().map(Entry::pattern).toList(), slots);
      case Pattern.Bound bound -> throw new IllegalArgumentException("an answer binds " + bound);
      case Pattern.Recall(var slot, var behind) -> Set.of(recall(slots, slot, behind));
    };
    if (all.size() > MOST_EXPANSIONS) throw new IllegalArgumentException("too many expansions");
    return all;
  }

  private Set<String> union(List<Pattern> options, Map<String, Chosen> slots) {
    var all = new LinkedHashSet<String>();
    options.forEach(option -> all.addAll(expansions(option, slots)));
    return all;
  }

  private Set<String> product(List<Pattern> parts, Map<String, Chosen> slots) {
    Set<String> all = Set.of("");
    for (var part : parts) {
      var longer = new LinkedHashSet<String>();
      var ends = expansions(part, slots);
      for (var start : all) for (var end : ends) longer.add(start + end);
      all = longer;
    }
    return all;
  }

  private static String recall(Map<String, Chosen> slots, String slot, boolean behind) {
    var chosen = slots.get(slot);
    if (chosen == null) throw new IllegalArgumentException("nothing was bound to " + slot);
    return behind ? chosen.behind() : chosen.said();
  }

  static <T> T pick(List<T> list, RandomGenerator random) {
    return list.get(random.nextInt(list.size()));
  }
}
