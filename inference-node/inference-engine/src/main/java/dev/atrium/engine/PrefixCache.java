package dev.atrium.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;

/**
 * Ranges of the cache that outlived their sequences, to be found by the tokens that a prompt begins
 * with: a radix tree with a block of tokens at each edge (as the RadixAttention of Zheng et al., 2024),
 * one tree for each user and adapter, so that nobody's prompt is ever compared with what another wrote;
 * and one for what is published to all. The least recently used range goes first.
 */
final class PrefixCache {

  /** Whose tree. */
  private record Root(String salt, int adapter) {}

  private static final String PUBLISHED = "";

  /** A range that waits for a prompt that begins with its tokens. */
  static final class Kept {

    private final Root root;
    private final int[] ids;
    private final KvCache.Range range;
    private int settled;

    private Kept(Root root, int[] ids, KvCache.Range range) {
      this.root = root;
      this.ids = ids;
      this.range = range;
    }

    KvCache.Range range() {
      return range;
    }

    /** Tokens that are computed in whole blocks; only these are found. */
    int settled() {
      return settled;
    }

    /** Tokens that it will have settled in the end. */
    int length() {
      return ids.length;
    }

    int adapter() {
      return root.adapter;
    }

    boolean published() {
      return root.salt.equals(PUBLISHED);
    }

    int[] ids(int from, int to) {
      return Arrays.copyOfRange(ids, from, to);
    }
  }

  /** The first {@code tokens} of a range are those of the prompt. */
  record Hit(Kept kept, int tokens) {}

  private record Block(int[] ids) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Block(int[] theirs) && Arrays.equals(ids, theirs);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(ids);
    }
  }

  private static final class Node {

    private final Map<Block, Node> children = new HashMap<>();
    private final SequencedSet<Kept> through = new LinkedHashSet<>();
  }

  private final KvCache cache;
  private final Blocks blocks;
  private final Map<Root, Node> roots = new HashMap<>();
  private final SequencedSet<Kept> byUse = new LinkedHashSet<>();
  private int capacity;

  PrefixCache(KvCache cache, Blocks blocks) {
    this.cache = cache;
    this.blocks = blocks;
  }

  /** Tokens of the arena that the kept ranges take. */
  int capacity() {
    return capacity;
  }

  /**
   * The longest beginning of a sequence's prompt that is computed already: of its user's own, or as far
   * as the prompt is published, of anybody's. The block that holds the prompt's last token is left to
   * be computed, since something has to be drawn from it.
   */
  Optional<Hit> find(Sequence sequence) {
    int most = blocks.start(sequence.promptSize() - 1);
    int published = Math.min(most, publishedBlocks(sequence));
    Optional<Hit> own = sequence.party().known()
      ? find(own(sequence), sequence.tokens(0, most))
      : Optional.empty();
    if (own.isPresent() && own.get().tokens >= published) {
      return own;
    }
    return find(published(sequence), sequence.tokens(0, published))
      .filter(hit -> own.isEmpty() || hit.tokens > own.get().tokens)
      .or(() -> own);
  }

  private Optional<Hit> find(Root root, int[] ids) {
    Node node = roots.get(root);
    int at = 0;
    while (node != null && at < ids.length) {
      int end = blocks.end(at);
      Node next = node.children.get(new Block(Arrays.copyOfRange(ids, at, end)));
      if (next == null) {
        break;
      }
      node = next;
      at = end;
    }
    if (at == 0) {
      return Optional.empty();
    }
    Kept kept = node.through.getLast();
    byUse.addLast(kept);
    return Optional.of(new Hit(kept, at));
  }

  private static Root own(Sequence sequence) {
    return new Root(sequence.party().user(), sequence.request().adapter());
  }

  /** No user's name is the empty one: {@link Party#known}. */
  private static Root published(Sequence sequence) {
    return new Root(PUBLISHED, sequence.request().adapter());
  }

  /** How many of its first tokens are published, in whole blocks. */
  int publishedBlocks(Sequence sequence) {
    return blocks.start(sequence.request().publishedTokens());
  }

  /**
   * Takes over the range of a sequence that ended or gave its place up. What of it is no whole block,
   * or computed token by token as an answer is, will be found when it was {@link #settle settled}.
   */
  void keep(Sequence sequence) {
    KvCache.Range range = sequence.range();
    int settled = blocks.start(Math.min(sequence.cached(), sequence.promptSize()));
    int useful = blocks.start(Math.min(sequence.size(), range.capacity()));
    int[] ids = sequence.tokens(0, useful);
    if (!sequence.party().known() || settled == 0 || holds(own(sequence), ids)) {
      cache.release(range);
    } else {
      keep(own(sequence), ids, range, settled);
    }
  }

  private boolean holds(Root root, int[] ids) {
    return find(root, ids)
      .filter(hit -> hit.tokens == ids.length)
      .isPresent();
  }

  private void keep(Root root, int[] ids, KvCache.Range range, int settled) {
    cache.shrink(range, ids.length);
    range.used(settled);
    Kept kept = new Kept(root, ids, range);
    byUse.addLast(kept);
    capacity += range.capacity();
    extend(kept, settled);
  }

  /** The sequence's published beginning is computed: it is copied to where all may find it. */
  void publish(Sequence sequence) {
    int[] ids = sequence.tokens(0, publishedBlocks(sequence));
    if (holds(published(sequence), ids)) {
      return;
    }
    KvCache.Range range = cache.empty();
    // Nothing else may be moved: the step may not be over, and knows where the others lie.
    boolean fits = cache.growAlone(range, ids.length);
    while (!fits && evictOldestBut(Optional.empty())) {
      fits = cache.growAlone(range, ids.length);
    }
    if (fits) {
      cache.copy(sequence.range(), range, ids.length);
      keep(published(sequence), ids, range, ids.length);
    } else {
      cache.release(range);
    }
  }

  /** Takes a range out of the tree; its caller owns the range. */
  KvCache.Range take(Kept kept) {
    remove(kept);
    return kept.range;
  }

  /** Frees the range that was not used for longest, but not this one; false if there is none. */
  boolean evictOldestBut(Optional<Hit> spared) {
    Optional<Kept> oldest = byUse
      .stream()
      .filter(kept -> spared.isEmpty() || kept != spared.get().kept)
      .findFirst();
    oldest.ifPresent(this::evict);
    return oldest.isPresent();
  }

  /** Frees the range. */
  void evict(Kept kept) {
    remove(kept);
    cache.release(kept.range);
  }

  /** The range used last of those that have whole blocks of tokens that are not settled. */
  Optional<Kept> unsettled() {
    return byUse
      .reversed()
      .stream()
      .filter(kept -> kept.settled < kept.ids.length)
      .findFirst();
  }

  /** The tokens up to here are computed in whole blocks now, and may be found. */
  void settle(Kept kept, int through) {
    kept.range.used(through);
    extend(kept, through);
  }

  private void extend(Kept kept, int through) {
    Node node = roots.computeIfAbsent(kept.root, _ -> new Node());
    List<Kept> covered = new ArrayList<>();
    for (int at = 0; at < through; ) {
      int end = blocks.end(at);
      node = node.children.computeIfAbsent(new Block(kept.ids(at, end)), _ -> new Node());
      for (Kept other : node.through) {
        if (other != kept && other.ids.length == end) {
          covered.add(other);
        }
      }
      node.through.addLast(kept);
      at = end;
    }
    kept.settled = through;
    // Nothing begins with these that does not begin with the longer one too.
    covered.forEach(this::evict);
  }

  private void remove(Kept kept) {
    byUse.remove(kept);
    capacity -= kept.range.capacity();
    Node node = roots.get(kept.root);
    for (int at = 0; at < kept.settled; ) {
      int end = blocks.end(at);
      Block block = new Block(kept.ids(at, end));
      Node next = node.children.get(block);
      next.through.remove(kept);
      if (next.through.isEmpty()) {
        // Nobody else comes here, so nobody comes further.
        node.children.remove(block);
        break;
      }
      node = next;
      at = end;
    }
    if (roots.get(kept.root).children.isEmpty()) {
      roots.remove(kept.root);
    }
  }
}
