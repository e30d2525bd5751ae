package dev.atrium.policy.sensitive;

import java.util.Arrays;
import java.util.List;

/**
 * All phrases of a list at once in one pass over a text (Aho and Corasick, 1975). Immutable, safe for
 * many threads; about 40 bytes for each character of the list.
 */
final class Phrases {

  private static final int ROOT = 0;
  private static final int NONE = -1;

  /** Edges by node and character, open addressing; the key is {@code node << 16 | character}. */
  private long[] keys = new long[64];
  private int[] targets = new int[64];
  private int edges;

  private int nodes = 1;
  private int[] depth = new int[16];
  private int[] phrase = new int[16];
  private final int[] fail;
  /** The longest phrase that is a true suffix, by its node. */
  private final int[] shorter;

  /** Where phrases end, and which; hears the longest first. */
  interface Match {
    /** Whether the shorter ones that end here are not wanted any more. */
    boolean found(int phrase, int length);
  }

  /**
   * @param phrases none of them empty; of equal ones the first counts
   */
  Phrases(List<String> phrases) {
    Arrays.fill(phrase, NONE);
    Arrays.fill(keys, NONE);
    for (int p = 0; p < phrases.size(); p++) {
      add(phrases.get(p), p);
    }
    fail = new int[nodes];
    shorter = new int[nodes];
    link();
  }

  private void add(String text, int p) {
    int node = ROOT;
    for (int i = 0; i < text.length(); i++) {
      int next = edge(node, text.charAt(i));
      if (next == NONE) {
        next = nodes++;
        if (next == depth.length) {
          depth = Arrays.copyOf(depth, 2 * next);
          phrase = Arrays.copyOf(phrase, 2 * next);
          Arrays.fill(phrase, next, 2 * next, NONE);
        }
        depth[next] = i + 1;
        put(node, text.charAt(i), next);
      }
      node = next;
    }
    if (phrase[node] == NONE) {
      phrase[node] = p;
    }
  }

  /** Breadth first, so that whatever is shorter is known already. */
  private void link() {
    int[] parent = new int[nodes];
    char[] by = new char[nodes];
    int[] order = new int[nodes];
    for (int slot = 0; slot < keys.length; slot++) {
      if (keys[slot] != NONE) {
        parent[targets[slot]] = (int) (keys[slot] >>> 16);
        by[targets[slot]] = (char) keys[slot];
      }
    }
    byDepth(order);
    for (int node : order) {
      if (depth[node] > 1) {
        int back = fail[parent[node]];
        while (back != ROOT && edge(back, by[node]) == NONE) {
          back = fail[back];
        }
        fail[node] = Math.max(ROOT, edge(back, by[node]));
      }
      shorter[node] = phrase[fail[node]] == NONE ? shorter[fail[node]] : fail[node];
    }
  }

  private void byDepth(int[] order) {
    int deepest = Arrays.stream(depth, 0, nodes).max().orElse(0);
    int[] first = new int[deepest + 2];
    for (int n = 0; n < nodes; n++) {
      first[depth[n] + 1]++;
    }
    for (int d = 1; d < first.length; d++) {
      first[d] += first[d - 1];
    }
    for (int n = 0; n < nodes; n++) {
      order[first[depth[n]]++] = n;
    }
  }

  /** The state before the first character. */
  int begin() {
    return ROOT;
  }

  /** The state after one more character. */
  int step(int state, char c) {
    int at = state;
    while (true) {
      int next = edge(at, c);
      if (next != NONE) {
        return next;
      }
      if (at == ROOT) {
        return ROOT;
      }
      at = fail[at];
    }
  }

  /** Tells of the phrases that end in this state. */
  void endings(int state, Match match) {
    int node = phrase[state] == NONE ? shorter[state] : state;
    while (node != ROOT && !match.found(phrase[node], depth[node])) {
      node = shorter[node];
    }
  }

  private int edge(int node, char c) {
    long key = ((long) node << 16) | c;
    for (int slot = slot(key); ; slot = (slot + 1) & (keys.length - 1)) {
      if (keys[slot] == key) {
        return targets[slot];
      }
      if (keys[slot] == NONE) {
        return NONE;
      }
    }
  }

  private void put(int node, char c, int target) {
    if (++edges * 2 > keys.length) {
      grow();
    }
    insert(((long) node << 16) | c, target);
  }

  private void insert(long key, int target) {
    int slot = slot(key);
    while (keys[slot] != NONE) {
      slot = (slot + 1) & (keys.length - 1);
    }
    keys[slot] = key;
    targets[slot] = target;
  }

  private void grow() {
    long[] oldKeys = keys;
    int[] oldTargets = targets;
    keys = new long[2 * oldKeys.length];
    targets = new int[2 * oldKeys.length];
    Arrays.fill(keys, NONE);
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != NONE) {
        insert(oldKeys[i], oldTargets[i]);
      }
    }
  }

  private int slot(long key) {
    long mixed = key * 0x9E3779B97F4A7C15L;
    return (int) (mixed >>> 40) & (keys.length - 1);
  }
}
