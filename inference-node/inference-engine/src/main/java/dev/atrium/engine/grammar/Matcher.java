package dev.atrium.engine.grammar;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How far one answer has got in its grammar. Made again from the same tokens it says the same, so an
 * answer can go on elsewhere. Where a grammar can be read in several ways all of them are followed.
 *
 * <p>Not thread-safe; one a sequence.
 */
public final class Matcher {

  /** Ways followed at once. */
  private static final int WAYS = 500;
  /** Places that are remembered from step to step. */
  private static final int OPENED = 2_000;

  /** A place in a terminal, with where to go on after it. */
  private record Way(Node.Read at, int state, Frame stack) {}

  /** A place in the grammar between terminals. */
  private record Place(Node node, Frame stack) {}

  /** What can be read from a place on, and whether the answer may end there. */
  private record Open(List<Way> ways, boolean end) {}

  private final Grammar grammar;
  private final TokenTrie trie;
  private final TokenMask mask;
  private Set<Way> ways = new LinkedHashSet<>();
  private boolean complete;
  private final Effort effort = new Effort();
  private final Map<Place, Open> opened = new HashMap<>();

  Matcher(Grammar grammar) {
    this.grammar = grammar;
    this.trie = grammar.vocabulary().trie();
    this.mask = new TokenMask(trie.vocabSize());
    Open first = open(grammar.start(), Frame.bottom());
    ways.addAll(first.ways);
    complete = first.end;
  }

  /** Whether what was read is whole. More may still be possible. */
  public boolean complete() {
    return complete;
  }

  /** Whether what was read is whole and nothing can follow. */
  public boolean ended() {
    return complete && ways.isEmpty();
  }

  /**
   * Reads one more token; one that ends answers is none.
   *
   * @return false if the mask did not have it; the matcher is of no use then
   */
  public boolean accept(int id) {
    effort.rest();
    byte[] text = trie.text(id);
    for (byte b : text) {
      read(b & 0xff);
    }
    return text.length > 0 && (complete || !ways.isEmpty());
  }

  private void read(int b) {
    Set<Way> next = new LinkedHashSet<>();
    complete = false;
    effort.spend(ways.size());
    for (Way way : ways) {
      Terminal terminal = way.at.terminal;
      int state = terminal.next(way.state, b);
      if (state == Terminal.DEAD) {
        continue;
      }
      if (!terminal.closed(state)) {
        next.add(new Way(way.at, state, way.stack));
      }
      if (terminal.accepts(state)) {
        Open after = open(way.at.next, way.stack);
        next.addAll(after.ways);
        complete |= after.end;
      }
    }
    ways = next;
    bounded(ways.size());
  }

  /**
   * The tokens that may come next: those after which the answer can still be finished. Valid until
   * the next call.
   *
   * @throws TooAmbiguousException if the grammar has too many ways to read what was read
   */
  public TokenMask mask() {
    mask.clear();
    for (Way way : ways) {
      TerminalMask within = grammar.mask(way.at.terminal, way.state, effort);
      within.addTo(mask);
      if (within.exits().length > 0) {
        Open after = open(way.at.next, way.stack);
        for (int node : within.exits()) {
          walk(node, after);
        }
      }
    }
    if (complete) {
      grammar.vocabulary().eosIds().forEach(mask::add);
    }
    return mask;
  }

  /** Lets the tokens below this node through that go on as what was opened allows. */
  private void walk(int node, Open open) {
    for (Way way : open.ways) {
      walk(node, way);
    }
  }

  private void walk(int root, Way way) {
    Terminal terminal = way.at.terminal;
    int base = trie.depth(root);
    int[] states = new int[trie.longest() - base + 1];
    states[0] = way.state;
    int node = root + 1;
    int end = trie.end(root);
    while (node < end) {
      effort.spend(1);
      int depth = trie.depth(node) - base;
      int state = terminal.next(states[depth - 1], trie.label(node));
      if (state == Terminal.DEAD) {
        node = trie.end(node);
        continue;
      }
      states[depth] = state;
      trie.addTokens(node, mask);
      if (!trie.isLeaf(node) && terminal.accepts(state)) {
        walk(node, open(way.at.next, way.stack));
      }
      node++;
    }
  }

  private Open open(Node node, Frame stack) {
    Place place = new Place(node, stack);
    Open known = opened.get(place);
    if (known == null) {
      if (opened.size() == OPENED) {
        opened.clear();
      }
      known = explore(place);
      opened.put(place, known);
    }
    return known;
  }

  /** All terminals that may begin here, through calls, ends and terminals that may be empty. */
  private Open explore(Place from) {
    Set<Place> seen = new LinkedHashSet<>();
    Deque<Place> left = new ArrayDeque<>();
    Set<Way> found = new LinkedHashSet<>();
    boolean end = false;
    left.push(from);
    while (!left.isEmpty()) {
      Place place = left.pop();
      if (!seen.add(place)) {
        continue;
      }
      bounded(seen.size());
      Frame stack = place.stack;
      switch (place.node) {
        case Node.Read read -> {
          int start = read.terminal.start();
          if (!read.terminal.closed(start)) {
            found.add(new Way(read, start, stack));
          }
          if (read.terminal.accepts(start)) {
            go(left, read.next, stack);
          }
        }
        case Node.Call call when call.next == Node.End.END -> go(left, call.rule, stack);
        case Node.Call call -> go(left, call.rule, stack.push(call.next));
        case Node.Choice choice -> choice.ways.forEach(way -> go(left, way, stack));
        case Node.End _ when stack.isBottom() -> end = true;
        case Node.End _ -> go(left, stack.next, stack.below);
      }
    }
    effort.spend(seen.size());
    return new Open(List.copyOf(found), end);
  }

  /** Takes no way that can't end within the depth. */
  private static void go(Deque<Place> left, Node node, Frame stack) {
    if (node.height <= Grammar.DEPTH - stack.depth) {
      left.push(new Place(node, stack));
    }
  }

  private static void bounded(int count) {
    if (count > WAYS) {
      throw new TooAmbiguousException("it can be read in more than " + WAYS + " ways");
    }
  }
}
