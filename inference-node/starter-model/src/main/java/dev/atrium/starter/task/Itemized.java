package dev.atrium.starter.task;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A list of what a sentence enumerates, in its order, one a line behind a dash. */
final class Itemized implements TaskFamily {

  private static final int MOST = 5;

  private final Templates templates = new Templates("list");

  @Override
  public String name() {
    return "list";
  }

  @Override
  public Task draw(Draw draw) {
    boolean people = draw.once(3);
    var items = people ? people(draw) : things(draw);
    var enumerated = Extract.enumerated(draw, items);
    var sentence = draw.wording(
      templates,
      people ? "people" : "things",
      Map.of("items", enumerated)
    );
    // An item keeps its small letter, as it is copied.
    var text = sentence.startsWith(enumerated) ? sentence : Draw.sentence(sentence);
    var answer = items
      .stream()
      .map(item -> "- " + item)
      .collect(Collectors.joining("\n"));
    var question = Wording.asked(draw, templates, "dashes", Map.of(), text);
    return Task.of(draw, name(), question, answer, items);
  }

  private static List<String> people(Draw draw) {
    var out = new ArrayList<String>();
    int count = count(draw);
    while (out.size() < count) {
      var person = draw.entities().person();
      if (out.stream().noneMatch(other -> other.contains(person) || person.contains(other))) {
        out.add(person);
      }
    }
    return out;
  }

  /** Of different kinds: nobody lists two cables and five cables. */
  private static List<String> things(Draw draw) {
    var out = new ArrayList<String>();
    int count = count(draw);
    while (out.size() < count) {
      var things = draw.entities().things();
      if (out.stream().noneMatch(other -> kind(draw, other).equals(kind(draw, things)))) out.add(
        things
      );
    }
    return out;
  }

  private static String kind(Draw draw, String things) {
    return draw.say(
      things.substring(things.indexOf(' ') + 1),
      things.substring(things.length() - 2)
    );
  }

  private static int count(Draw draw) {
    int most = draw.after(0.3) ? MOST : MOST - 2;
    return 2 + draw.random().nextInt(most - 1);
  }
}
