package dev.atrium.starter.task;

import dev.atrium.starter.corpus.Noise;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * How something is asked for. A family says what is wanted, as a verb ("make a list") in the section
 * {@code NAME.verb} and as a thing ("a list") in {@code NAME.noun}; what every wish has in common is
 * {@code wording.en.txt} and {@code wording.zh.txt}: the polite or hurried words around it, and the ways
 * in which it stands beside the text that it is about. So each family is asked for in thousands of ways
 * by lists of some ten lines.
 */
final class Wording {

  private static final Templates WORDING = new Templates("wording");
  private static final Pattern LAST_MARKS = Pattern.compile("[?？.。!！]+$");
  private static final int SLIPS = 20;

  private Wording() {}

  /** What is wanted, before or after the text, or around it. */
  static String asked(
    Draw draw,
    Templates family,
    String section,
    Map<String, String> slots,
    String text
  ) {
    return framed(draw, wish(draw, family, section, slots), text, Map.of());
  }

  /** A question and the text that it is asked of. */
  static String question(Draw draw, String question, String text, Map<String, String> label) {
    var wish = draw.part(WORDING, "question", Map.of("wish", question));
    return framed(draw, wish, text, label);
  }

  /** The words of a wish alone. */
  static String wish(Draw draw, Templates family, String section, Map<String, String> slots) {
    boolean noun = draw.once(3);
    var core = draw.wording(family, section + (noun ? ".noun" : ".verb"), slots);
    var wish = draw.part(WORDING, noun ? "noun" : "verb", Map.of("wish", core));
    // What has to be copied out of a wish stays as it is.
    return slots.isEmpty() && draw.once(SLIPS) ? Noise.slip(wish, draw.random()) : wish;
  }

  private static String framed(Draw draw, String wish, String text, Map<String, String> label) {
    var typed = draw.typed(Noise.tidy(wish));
    var slots = new HashMap<>(label);
    slots.put("do", LAST_MARKS.matcher(typed).replaceAll(""));
    slots.put("ask", draw.once(4) ? LAST_MARKS.matcher(typed).replaceAll("") : typed);
    slots.put("text", text);
    return draw.part(WORDING, "frame", slots);
  }
}
