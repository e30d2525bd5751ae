package dev.atrium.starter.corpus;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Asks the grammar backwards: could training have said this? Capitals, spaces and marks don't count.
 * Invented words and numbers match nothing.
 */
final class Wordings {

  private final Corpus corpus;

  Wordings(Corpus corpus) {
    this.corpus = corpus;
  }

  /** Whether a question pattern of the training gives exactly these words. */
  boolean trained(String question) {
    var search = new Search(Noise.bare(question));
    return corpus
      .intents()
      .stream()
      .flatMap(intent -> intent.questions().stream())
      .anyMatch(search::isWhole);
  }

  /** One text; where each rule may end in it is found once for each place. */
  private final class Search {

    private final String text;
    private final Map<String, Set<Integer>> known = new HashMap<>();

    private Search(String text) {
      this.text = text;
    }

    private boolean isWhole(Pattern pattern) {
      return ends(pattern, 0).contains(text.length());
    }

    /** Where in the text the pattern may end when it begins at a place. */
    private Set<Integer> ends(Pattern pattern, int from) {
      var all = new TreeSet<Integer>();
      switch (pattern) {
        case Pattern.Text(var said) -> {
          var bare = Noise.bare(said);
          if (text.startsWith(bare, from)) all.add(from + bare.length());
        }
        case Pattern.Sequence(var parts) -> {
          all.add(from);
          for (var part : parts) {
            var places = Set.copyOf(all);
            all.clear();
            places.forEach(place -> all.addAll(ends(part, place)));
          }
        }
        case Pattern.Choice(var options) -> options.forEach(o -> all.addAll(ends(o, from)));
        case Pattern.Maybe(var inner) -> {
          all.add(from);
          all.addAll(ends(inner, from));
        }
        case Pattern.Rule(var name) -> all.addAll(ends(name, from));
      }
      return all;
    }

    private Set<Integer> ends(String rule, int from) {
      if (rule.startsWith("%")) return Set.of();
      var key = rule + " " + from;
      var seen = known.get(key);
      if (seen != null) return seen;
      var all = new TreeSet<Integer>();
      corpus
        .grammar()
        .rule(rule)
        .forEach(option -> all.addAll(ends(option, from)));
      known.put(key, all);
      return all;
    }
  }
}
