package dev.atrium.engine.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A {@link Regex} as a table: Thompson's construction, then the subsets of its states. Bytes that no
 * part of the expression tells apart share a column.
 */
final class Dfa implements Terminal {

  private final int[] columns;
  private final int width;
  private final int[] table;
  private final BitSet accepting;
  private final BitSet open;

  private Dfa(int[] columns, int width, int[] table, BitSet accepting, BitSet open) {
    this.columns = columns;
    this.width = width;
    this.table = table;
    this.accepting = accepting;
    this.open = open;
  }

  /**
   * @param effort what making it may cost
   * @throws TooLarge if it would have more than {@code most} states
   */
  static Dfa of(Regex regex, int most, Effort effort) {
    return new Maker(most, effort).make(regex);
  }

  /** There would be too many states. */
  static final class TooLarge extends RuntimeException {

    private static final long serialVersionUID = 1L;

    TooLarge(int most) {
      super("an expression needs more than " + most + " states");
    }
  }

  int size() {
    return table.length / width;
  }

  /** Whether there is any text in it. */
  boolean possible() {
    return !accepting.isEmpty();
  }

  @Override
  public int start() {
    return 0;
  }

  @Override
  public int next(int state, int b) {
    return table[state * width + columns[b]];
  }

  @Override
  public boolean accepts(int state) {
    return accepting.get(state);
  }

  @Override
  public boolean closed(int state) {
    return !open.get(state);
  }

  /** One edge of the automaton that is not deterministic yet; without bytes it costs none. */
  private record Edge(BitSet bytes, int to) {}

  private static final class Maker {

    private final int most;
    private final Effort effort;
    private final List<List<Edge>> edges = new ArrayList<>();
    private final List<BitSet> sets = new ArrayList<>();

    Maker(int most, Effort effort) {
      this.most = most;
      this.effort = effort;
    }

    Dfa make(Regex regex) {
      int from = state();
      int to = state();
      build(regex, from, to);
      int[] columns = columns();
      int width = 1;
      for (int column : columns) {
        width = Math.max(width, column + 1);
      }
      return subsets(from, to, columns, width);
    }

    private int state() {
      if (edges.size() > 8 * most) {
        throw new TooLarge(most);
      }
      edges.add(new ArrayList<>(2));
      return edges.size() - 1;
    }

    private void free(int from, int to) {
      edges.get(from).add(new Edge(null, to));
    }

    private void build(Regex regex, int from, int to) {
      switch (regex) {
        case Regex.Set(BitSet bytes) -> {
          edges.get(from).add(new Edge(bytes, to));
          sets.add(bytes);
        }
        case Regex.Seq(List<Regex> parts) -> {
          int at = from;
          for (Regex part : parts) {
            int next = state();
            build(part, at, next);
            at = next;
          }
          free(at, to);
        }
        case Regex.Alt(List<Regex> ways) -> ways.forEach(way -> {
          int start = state();
          free(from, start);
          build(way, start, to);
        });
        case Regex.Repeat(Regex part, int min, int max) -> {
          int at = from;
          for (int i = 0; i < min; i++) {
            int next = state();
            build(part, at, next);
            at = next;
          }
          if (max == Regex.ANY) {
            int loop = state();
            int again = state();
            free(at, loop);
            build(part, loop, again);
            free(again, loop);
            free(loop, to);
          } else {
            for (int i = min; i < max; i++) {
              free(at, to);
              int next = state();
              build(part, at, next);
              at = next;
            }
            free(at, to);
          }
        }
      }
    }

    /** Bytes in exactly the same sets have the same column. */
    private int[] columns() {
      Map<BitSet, Integer> known = new HashMap<>();
      List<BitSet> distinct = sets.stream().distinct().toList();
      int[] columns = new int[256];
      for (int b = 0; b < 256; b++) {
        BitSet in = new BitSet();
        for (int i = 0; i < distinct.size(); i++) {
          in.set(i, distinct.get(i).get(b));
        }
        columns[b] = known.computeIfAbsent(in, _ -> known.size());
      }
      return columns;
    }

    private Dfa subsets(int from, int to, int[] columns, int width) {
      int[] sample = new int[width];
      for (int b = 0; b < 256; b++) {
        sample[columns[b]] = b;
      }
      Map<BitSet, Integer> ids = new HashMap<>();
      List<BitSet> subsets = new ArrayList<>();
      List<int[]> rows = new ArrayList<>();
      BitSet first = new BitSet();
      first.set(from);
      add(closure(first), ids, subsets);
      for (int i = 0; i < subsets.size(); i++) {
        int[] row = new int[width];
        for (int column = 0; column < width; column++) {
          BitSet reached = move(subsets.get(i), sample[column]);
          row[column] = reached.isEmpty() ? DEAD : add(reached, ids, subsets);
        }
        rows.add(row);
      }
      return trimmed(rows, subsets, to, columns, width);
    }

    private int add(BitSet subset, Map<BitSet, Integer> ids, List<BitSet> subsets) {
      Integer known = ids.get(subset);
      if (known != null) {
        return known;
      }
      if (subsets.size() == most) {
        throw new TooLarge(most);
      }
      ids.put(subset, subsets.size());
      subsets.add(subset);
      return subsets.size() - 1;
    }

    private BitSet move(BitSet subset, int b) {
      BitSet reached = new BitSet();
      effort.spend(subset.cardinality());
      subset
        .stream()
        .forEach(state ->
          edges
            .get(state)
            .stream()
            .filter(edge -> edge.bytes != null && edge.bytes.get(b))
            .forEach(edge -> reached.set(edge.to))
        );
      return closure(reached);
    }

    private BitSet closure(BitSet states) {
      Deque<Integer> left = new ArrayDeque<>();
      states.stream().forEach(left::add);
      while (!left.isEmpty()) {
        effort.spend(1);
        for (Edge edge : edges.get(left.pop())) {
          if (edge.bytes == null && !states.get(edge.to)) {
            states.set(edge.to);
            left.push(edge.to);
          }
        }
      }
      return states;
    }

    /** Ways that lead to no text are cut: a byte that is let through must be able to end well. */
    private static Dfa trimmed(
      List<int[]> rows,
      List<BitSet> subsets,
      int to,
      int[] columns,
      int width
    ) {
      int n = rows.size();
      BitSet accepting = new BitSet(n);
      List<List<Integer>> before = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        accepting.set(i, subsets.get(i).get(to));
        before.add(new ArrayList<>());
      }
      for (int i = 0; i < n; i++) {
        for (int next : rows.get(i)) {
          if (next != DEAD) {
            before.get(next).add(i);
          }
        }
      }
      BitSet alive = (BitSet) accepting.clone();
      Deque<Integer> left = new ArrayDeque<>();
      alive.stream().forEach(left::add);
      while (!left.isEmpty()) {
        for (int i : before.get(left.pop())) {
          if (!alive.get(i)) {
            alive.set(i);
            left.push(i);
          }
        }
      }
      int[] table = new int[n * width];
      BitSet open = new BitSet(n);
      for (int i = 0; i < n; i++) {
        for (int column = 0; column < width; column++) {
          int next = rows.get(i)[column];
          boolean leads = next != DEAD && alive.get(next);
          table[i * width + column] = leads ? next : DEAD;
          if (leads) {
            open.set(i);
          }
        }
      }
      return new Dfa(columns, width, table, accepting, open);
    }
  }
}
