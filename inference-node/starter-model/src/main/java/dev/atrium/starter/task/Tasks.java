package dev.atrium.starter.task;

import dev.atrium.starter.corpus.Language;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** All families of tasks; how much of the training each is, its plan in {@link dev.atrium.starter.corpus.Shares} says. */
public final class Tasks {

  private final List<TaskFamily> families = List.of(
    new Follow(),
    new Lookup(),
    new Absent(),
    new Recite(),
    new Handbook(),
    new Extract(),
    new Itemized(),
    new Table(),
    new Mail(),
    new Polite(),
    new Dates(),
    new Sums(),
    new Classify(),
    new Minutes(),
    new Notice(),
    new Report(),
    new Shorter()
  );

  public List<String> families() {
    return families.stream().map(TaskFamily::name).toList();
  }

  /**
   * A task of the training, of a family by its share.
   *
   * @param shares chances in a hundred of each family
   * @param progress how much of the training is done, from 0 to 1: easy ones come first
   */
  public Task trained(
    Language language,
    RandomGenerator random,
    Map<String, Integer> shares,
    double progress
  ) {
    int at = random.nextInt(100);
    var chosen = families.getLast();
    for (var family : families) {
      at -= shares.get(family.name());
      if (at < 0) {
        chosen = family;
        break;
      }
    }
    return chosen.draw(new Draw(language, Split.TRAINED, random, progress));
  }

  /** The same tasks for the same seed, as many in each language. */
  public List<Task> of(String family, Split split, int perLanguage, long seed) {
    var of = families
      .stream()
      .filter(f -> f.name().equals(family))
      .findFirst()
      .orElseThrow();
    var random = new SplittableRandom(seed);
    var tasks = new ArrayList<Task>();
    for (var language : Language.values()) {
      for (int i = 0; i < perLanguage; i++) tasks.add(of.draw(new Draw(language, split, random)));
    }
    return tasks;
  }
}
