package dev.atrium.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Several answers to one prompt. Whoever of them gets a place first reads the prompt; the others wait
 * until that is done and take a copy of its whole blocks, which are the same to the last bit as if each
 * had read them itself.
 */
final class Siblings {

  private final List<Sequence> all = new ArrayList<>();

  void add(Sequence sequence) {
    all.add(sequence);
  }

  /** Whether one of them is about to read what this one would have to read too. */
  boolean isBeingRead(Sequence asking, int shared) {
    return all
      .stream()
      .anyMatch(other -> other != asking && other.placed() && other.cached() < shared);
  }

  /** One of them that has so many tokens of the prompt in the cache. */
  Optional<Sequence> reader(Sequence asking, int shared) {
    return all
      .stream()
      .filter(other -> other != asking && other.placed() && other.cached() >= shared)
      .findFirst();
  }
}
