package dev.atrium.audit;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * The hashes that the leaves should have: those that anchors tell, and for the rest those that the
 * export says are stored, which are as good as the checkpoints whose roots they lead to.
 */
final class Reference {

  private final HashList hashes = new HashList();
  private final Map<Integer, Long> ids = new HashMap<>();
  private Map<Long, Integer> index;

  Reference(Collection<Anchor> anchors, Exported exported) {
    for (Anchor anchor : anchors) {
      int at = (int) anchor.firstLeaf();
      for (Anchor.Leaf leaf : anchor.leaves()) {
        ids.put(at, leaf.record());
        hashes.set(at++, HexFormat.of().parseHex(leaf.hash()));
      }
    }
    for (int line = 0; line < exported.lines(); line++) {
      if (!hashes.knows(exported.label(line))) {
        hashes.set(exported.label(line), exported.stored(line));
      }
    }
  }

  boolean knows(int leaf) {
    return hashes.knows(leaf);
  }

  byte[] get(int leaf) {
    return hashes.get(leaf);
  }

  boolean is(int leaf, byte[] hash) {
    return hashes.is(leaf, hash);
  }

  int length() {
    return hashes.length();
  }

  /** The record's id, if an anchor tells it. */
  OptionalLong record(int leaf) {
    Long id = ids.get(leaf);
    return id == null ? OptionalLong.empty() : OptionalLong.of(id);
  }

  /** The leaf that has this hash. */
  OptionalInt find(byte[] hash) {
    if (index == null) {
      index = new HashMap<>();
      for (int leaf = 0; leaf < hashes.length(); leaf++) {
        if (hashes.knows(leaf)) {
          index.putIfAbsent(start(hashes.get(leaf)), leaf);
        }
      }
    }
    Integer leaf = index.get(start(hash));
    return leaf != null && hashes.is(leaf, hash) ? OptionalInt.of(leaf) : OptionalInt.empty();
  }

  /** No two records have a hash that begins alike, in any log that will ever be. */
  private static long start(byte[] hash) {
    return ByteBuffer.wrap(hash).getLong();
  }
}
