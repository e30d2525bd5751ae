package dev.atrium.starter.task;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A list of what a sentence enumerates, in its order, with dashes or numbers; or how many there are. */
final class Itemized implements TaskFamily {

  private static final int MOST = 6;

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
    return switch (draw.random().nextInt(10)) {
      case 0, 1 -> count(draw, text, items);
      case 2, 3, 4, 5 -> task(draw, "numbers", text, items);
      default -> task(draw, "dashes", text, items);
    };
  }

  private Task task(Draw draw, String section, String text, List<String> items) {
    boolean numbers = section.equals("numbers");
    var answer = IntStream.range(0, items.size())
      .mapToObj(i -> (numbers ? (i + 1) + ". " : "- ") + items.get(i))
      .collect(Collectors.joining("\n"));
    return Task.of(draw, name(), question(draw, section, text), answer, items);
  }

  private Task count(Draw draw, String text, List<String> items) {
    var answer = draw.fixed(templates, "counted", Map.of("n", Integer.toString(items.size())));
    return Task.of(draw, name(), question(draw, "count", text), answer, List.of());
  }

  private String question(Draw draw, String section, String text) {
    var question = draw.wording(templates, section, Map.of("text", text));
    return question.startsWith(text) ? question : draw.typed(question);
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
    return 2 + draw.random().nextInt(MOST - 1);
  }
}
