package dev.atrium.engine.grammar;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Exactly these texts: a bracket, a key with its quotes, the values of an enumeration. */
final class Words implements Terminal {

  private final Map<Integer, Integer> edges = new HashMap<>();
  private final Set<Integer> accepting = new HashSet<>();
  private final Set<Integer> inner = new HashSet<>();
  private int states = 1;

  private Words() {}

  static Words of(String... words) {
    return of(Arrays.asList(words));
  }

  static Words of(Collection<String> words) {
    Words made = new Words();
    words.forEach(made::add);
    return made;
  }

  private void add(String word) {
    int state = 0;
    for (byte b : word.getBytes(StandardCharsets.UTF_8)) {
      inner.add(state);
      state = edges.computeIfAbsent(edge(state, b & 0xff), _ -> states++);
    }
    accepting.add(state);
  }

  private static int edge(int state, int b) {
    return (state << 8) | b;
  }

  /** How many states it has, at most one more than the words have bytes. */
  int size() {
    return states;
  }

  @Override
  public int start() {
    return 0;
  }

  @Override
  public int next(int state, int b) {
    return edges.getOrDefault(edge(state, b), DEAD);
  }

  @Override
  public boolean accepts(int state) {
    return accepting.contains(state);
  }

  @Override
  public boolean closed(int state) {
    return !inner.contains(state);
  }
}
