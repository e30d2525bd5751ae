package dev.atrium.starter.task;

import dev.atrium.starter.corpus.Grammar;
import dev.atrium.starter.corpus.Language;
import dev.atrium.starter.corpus.Pattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.random.RandomGenerator;

/** What chance and the split give to one task. */
public final class Draw {

  private final Language language;
  private final Split split;
  private final RandomGenerator random;
  private final Entities entities;
  private final double progress;

  public Draw(Language language, Split split, RandomGenerator random) {
    this(language, split, random, 1);
  }

  /**
   * @param progress how much of the training is done, from 0 to 1: what is hard comes later
   */
  Draw(Language language, Split split, RandomGenerator random, double progress) {
    this.language = language;
    this.split = split;
    this.random = random;
    this.progress = progress;
    entities = new Entities(language, split == Split.UNSEEN_ENTITIES, random);
  }

  public Language language() {
    return language;
  }

  /** The same chance in the other language, as when a question is about a text in it. */
  Draw abroad() {
    return new Draw(language == Language.EN ? Language.ZH : Language.EN, split, random, progress);
  }

  /** One of two texts, by the language. */
  public String say(String english, String chinese) {
    return language == Language.EN ? english : chinese;
  }

  public RandomGenerator random() {
    return random;
  }

  /** Names, places, numbers, dates, trained or unseen as the split says. */
  Entities entities() {
    return entities;
  }

  /** Whether at least so much of the training, from 0 to 1, is done. */
  boolean after(double progress) {
    return this.progress >= progress;
  }

  /** Whether wordings that are held out of training are asked for. */
  boolean inUnseenWordings() {
    return split == Split.UNSEEN_TEMPLATES;
  }

  /** True once in so many times. */
  boolean once(int in) {
    return random.nextInt(in) == 0;
  }

  <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  /** Different elements, in an order by chance. */
  <T> List<T> pick(List<T> list, int count) {
    return shuffled(list).subList(0, count);
  }

  <T> List<T> shuffled(List<T> list) {
    var all = new ArrayList<>(list);
    for (int i = all.size() - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      var other = all.get(j);
      all.set(j, all.get(i));
      all.set(i, other);
    }
    return all;
  }

  /**
   * A wording of a section, its slots filled. Where the split asks for held-out wordings and the
   * section has some, one of those.
   *
   * @throws IllegalArgumentException naming a slot that is not given
   */
  String wording(Templates templates, String section, Map<String, String> slots) {
    return worded(templates, section, slots, inUnseenWordings());
  }

  /**
   * A part of a wording, such as a label: where the split asks for held-out wordings, one of those half
   * of the time.
   *
   * @throws IllegalArgumentException naming a slot that is not given
   */
  String part(Templates templates, String section, Map<String, String> slots) {
    return worded(templates, section, slots, inUnseenWordings() && once(2));
  }

  private String worded(
    Templates templates,
    String section,
    Map<String, String> slots,
    boolean unseen
  ) {
    var heldOut = templates.heldOut(language, section);
    var from = unseen && !heldOut.isEmpty() ? heldOut : templates.trained(language, section);
    var out = new StringBuilder();
    fill(templates, pick(from), slots, out);
    return out.toString();
  }

  /** The one wording of a section that does not vary. */
  String fixed(Templates templates, String section, Map<String, String> slots) {
    var out = new StringBuilder();
    fill(templates, templates.trained(language, section).getFirst(), slots, out);
    return out.toString();
  }

  /** All wordings of a section of the training, in an order by chance. */
  List<String> all(Templates templates, String section) {
    var out = new ArrayList<String>();
    for (var pattern : templates.trained(language, section)) {
      var text = new StringBuilder();
      fill(templates, pattern, Map.of(), text);
      out.add(text.toString());
    }
    return shuffled(out);
  }

  /** With a capital at its beginning, as a sentence has it. */
  static String sentence(String text) {
    return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }

  /** As people begin what they type: mostly with a capital. */
  String typed(String text) {
    return once(3) ? text : sentence(text);
  }

  private void fill(
    Templates templates,
    Pattern pattern,
    Map<String, String> slots,
    StringBuilder out
  ) {
    switch (pattern) {
      case Pattern.Text(var text) -> out.append(text);
      case Pattern.Sequence(var parts) -> parts.forEach(part -> fill(templates, part, slots, out));
      case Pattern.Choice(var options) -> fill(
        templates,
        Grammar.pick(options, random),
        slots,
        out
      );
      case Pattern.Maybe(var inner) -> {
        if (random.nextBoolean()) fill(templates, inner, slots, out);
      }
      case Pattern.Rule(var name) -> {
        var value = slots.get(name);
        if (value != null) out.append(value);
        else if (templates.has(language, name)) out.append(part(templates, name, slots));
        else throw new IllegalArgumentException("nothing for the slot " + name);
      }
    }
  }
}
