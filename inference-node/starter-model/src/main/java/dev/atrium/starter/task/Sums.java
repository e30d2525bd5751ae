package dev.atrium.starter.task;

import dev.atrium.starter.corpus.Language;
import dev.atrium.starter.corpus.Pattern;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Arithmetic of any size, which is refused: trained for twenty million tokens on sums of two figures,
 * a network of this size copied their numbers and got 13 % of the results right. Held out is the pair
 * of numbers: each number alone is trained.
 */
final class Sums implements TaskFamily {

  private static final int MOST = 99;
  private static final int DIGIT = 9;
  private static final List<String> KINDS = List.of(
    "plus",
    "plus",
    "plus",
    "minus",
    "minus",
    "minus",
    "times",
    "times",
    "price",
    "more",
    "less",
    "beyond",
    "beyond",
    "beyond"
  );
  private static final List<String> BEYOND = List.of(
    "large-plus",
    "large-minus",
    "below-zero",
    "large-times",
    "divide",
    "percent",
    "chain",
    "large-price",
    "other"
  );

  private record Pair(int a, int b) {
    static Pair of(Draw draw, Supplier<String> supply) {
      var both = draw.entities().of(supply).split(" ", 2);
      return new Pair(Integer.parseInt(both[0]), Integer.parseInt(both[1]));
    }

    Map<String, String> slots(Draw draw) {
      var slots = new HashMap<String, String>();
      slots.put("a", Integer.toString(a));
      slots.put("b", Integer.toString(b));
      var things = draw.say(
        "pens|tickets|boxes|chairs|lamps|folders|coffees|cables|badges|books",
        "支笔|张票|个箱子|把椅子|盏台灯|个文件夹|杯咖啡|根数据线|个胸牌|本书"
      );
      slots.put("things", draw.pick(List.of(things.split("\\|", -1))));
      slots.put(
        "currency",
        draw.pick(
          draw.language() == Language.EN ? List.of("euros", "dollars") : List.of("元", "块")
        )
      );
      return slots;
    }
  }

  private final Templates templates = new Templates("sums");

  @Override
  public String name() {
    return "sums";
  }

  /** The sentences that say that it can not. */
  static Set<String> refusals(Language language) {
    return new Templates("sums")
      .trained(language, "limit")
      .stream()
      .map(sentence -> ((Pattern.Text) sentence).text())
      .collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public Task draw(Draw draw) {
    var kind = draw.pick(KINDS);
    if (kind.equals("beyond")) return beyond(draw);
    var question = draw.wording(templates, "ask." + kind, within(kind, draw).slots(draw));
    return Limit.refused(draw, name(), Facts.typed(draw, question), templates);
  }

  private static Pair within(String kind, Draw draw) {
    var random = draw.random();
    return Pair.of(draw, () -> {
      int most = kind.equals("times") || kind.equals("price") ? DIGIT : MOST;
      int least = kind.equals("price") ? 2 : 0;
      // Small numbers are asked for more than their share.
      if (most == MOST && random.nextInt(4) == 0) most = 20;
      int a = least + random.nextInt(most - least + 1);
      int b = least + random.nextInt(most - least + 1);
      boolean turned = (kind.equals("minus") || kind.equals("less")) && a < b;
      return turned ? b + " " + a : a + " " + b;
    });
  }

  private Task beyond(Draw draw) {
    var kind = draw.pick(BEYOND);
    var random = draw.random();
    var pair = Pair.of(draw, () ->
      switch (kind) {
        case "large-plus", "large-minus" -> {
          int large = MOST + 1 + random.nextInt(random.nextBoolean() ? 900 : 90_000);
          int any = 1 + random.nextInt(large);
          yield kind.equals("large-plus") && random.nextBoolean()
            ? any + " " + large
            : large + " " + any;
        }
        case "below-zero" -> {
          int a = random.nextInt(MOST);
          yield a + " " + (a + 1 + random.nextInt(MOST - a));
        }
        case "large-times", "large-price" -> (DIGIT + 1 + random.nextInt(990)) +
        " " +
        (2 + random.nextInt(98));
        case "percent" -> (1 + random.nextInt(99)) + " " + (10 + random.nextInt(5000));
        default -> (2 + random.nextInt(98)) + " " + (2 + random.nextInt(98));
      }
    );
    var slots = pair.slots(draw);
    slots.put("c", Integer.toString(2 + random.nextInt(97)));
    var section = switch (kind) {
      case "large-plus" -> "ask.plus";
      case "large-minus", "below-zero" -> "ask.minus";
      case "large-times" -> "ask.times";
      case "large-price" -> "ask.price";
      default -> "beyond." + kind;
    };
    var question = Facts.typed(draw, draw.wording(templates, section, slots));
    return Limit.refused(draw, name(), question, templates);
  }
}
