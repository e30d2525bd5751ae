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
public final class Grammar {

  private static final int MOST_EXPANSIONS = 20_000;

  private final Map<String, List<Pattern>> rules = new HashMap<>();

  void add(String rule, String alternative) {
    rules.computeIfAbsent(rule, _ -> new ArrayList<>()).add(Pattern.parse(alternative));
  }

  /**
   * @throws IllegalArgumentException naming the rule when there is none of that name
   */
  List<Pattern> rule(String name) {
    var alternatives = rules.get(name);
    if (alternatives == null) throw new IllegalArgumentException("no rule named " + name);
    return alternatives;
  }

  /** One text by chance. */
  String expand(Pattern pattern, RandomGenerator random) {
    var out = new StringBuilder();
    expand(pattern, random, out);
    return out.toString();
  }

  private void expand(Pattern pattern, RandomGenerator random, StringBuilder out) {
    switch (pattern) {
      case Pattern.Text(var text) -> out.append(text);
      case Pattern.Sequence(var parts) -> parts.forEach(part -> expand(part, random, out));
      case Pattern.Choice(var options) -> expand(pick(options, random), random, out);
      case Pattern.Maybe(var inner) -> {
        if (random.nextBoolean()) expand(inner, random, out);
      }
      case Pattern.Rule(var name) -> {
        if (name.startsWith("%")) out.append(Invented.word(name, random));
        else expand(pick(rule(name), random), random, out);
      }
    }
  }

  /** Every text that the pattern can become without invented words, which have no end. */
  Set<String> expansions(Pattern pattern) {
    var all = switch (pattern) {
      case Pattern.Text(var text) -> Set.of(text);
      case Pattern.Sequence(var parts) -> product(parts);
      case Pattern.Choice(var options) -> union(options);
      case Pattern.Maybe(var inner) -> {
        var with = new LinkedHashSet<>(expansions(inner));
        with.add("");
        yield with;
      }
      case Pattern.Rule(var name) -> name.startsWith("%") ? Set.<String>of() : union(rule(name));
    };
    if (all.size() > MOST_EXPANSIONS) throw new IllegalArgumentException("too many expansions");
    return all;
  }

  private Set<String> union(List<Pattern> options) {
    var all = new LinkedHashSet<String>();
    options.forEach(option -> all.addAll(expansions(option)));
    return all;
  }

  private Set<String> product(List<Pattern> parts) {
    Set<String> all = Set.of("");
    for (var part : parts) {
      var longer = new LinkedHashSet<String>();
      var ends = expansions(part);
      for (var start : all) for (var end : ends) longer.add(start + end);
      all = longer;
    }
    return all;
  }

  public static <T> T pick(List<T> list, RandomGenerator random) {
    return list.get(random.nextInt(list.size()));
  }
}
