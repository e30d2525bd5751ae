package dev.atrium.starter.task;

import dev.atrium.starter.corpus.Language;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** All families of tasks, and how much of the corpus each is: those that must find something, most. */
public final class Tasks {

  private record Share(TaskFamily family, double weight) {}

  private final List<Share> shares = List.of(
    new Share(new Follow(), 1.5),
    new Share(new Lookup(), 6),
    new Share(new Absent(), 3),
    new Share(new Recite(), 2),
    new Share(new Handbook(), 3),
    new Share(new Extract(), 4),
    new Share(new Itemized(), 1.5),
    new Share(new Table(), 2),
    new Share(new Mail(), 2),
    new Share(new Polite(), 1),
    new Share(new Dates(), 0.75),
    new Share(new Sums(), 0.75),
    new Share(new Classify(), 2),
    new Share(new Minutes(), 1.5),
    new Share(new Notice(), 1),
    new Share(new Report(), 1),
    new Share(new Shorter(), 0.5)
  );

  private final double all = shares.stream().mapToDouble(Share::weight).sum();

  public List<String> families() {
    return shares
      .stream()
      .map(share -> share.family.name())
      .toList();
  }

  /** A task of the training, of a family by its weight. */
  public Task trained(Language language, RandomGenerator random) {
    double at = random.nextDouble() * all;
    var family = shares.getLast().family;
    for (var share : shares) {
      at -= share.weight;
      if (at < 0) {
        family = share.family;
        break;
      }
    }
    return family.draw(new Draw(language, Split.TRAINED, random));
  }

  /** The same tasks for the same seed, as many in each language. */
  public List<Task> of(String family, Split split, int perLanguage, long seed) {
    var of = shares
      .stream()
      .map(Share::family)
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
