package dev.atrium.engine;

import dev.atrium.engine.PrefixCache.Hit;
import dev.atrium.engine.PrefixCache.Kept;
import dev.atrium.engine.model.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where sequences lie in the cache, those that run and what is kept of those that ended. All that is
 * kept counts as free, and goes before anything that runs is moved about for room.
 */
final class Places {

  /** Most tokens of a kept range that are settled in one step: nobody waits longer for their own. */
  private static final int SETTLED_AT_ONCE = 64;

  private final KvCache cache;
  private final Blocks blocks;
  private final PrefixCache prefixes;

  Places(KvCache cache, Blocks blocks) {
    this.cache = cache;
    this.blocks = blocks;
    this.prefixes = new PrefixCache(cache, blocks);
  }

  /** Tokens of the whole arena. */
  int size() {
    return cache.size();
  }

  /** Tokens of it that nobody holds, or that are kept only as long as nobody wants them. */
  int free() {
    return cache.free() + prefixes.capacity();
  }

  /**
   * Gives it a range: a copy of what another answer to its prompt has read, one that ended where its
   * prompt goes on, a copy of one, or an empty one. There must be room: so many tokens {@link #free}.
   */
  void place(Sequence sequence) {
    if (placedBesideReader(sequence)) {
      return;
    }
    Optional<Hit> found = prefixes.find(sequence);
    if (found.isPresent()) {
      Kept kept = found.get().kept();
      boolean whole = kept.settled() == found.get().tokens();
      boolean roomForCopy = cache.free() >= sequence.size();
      if (!kept.published() && (whole || !roomForCopy)) {
        place(sequence, prefixes.take(kept), found.get().tokens());
        return;
      }
      KvCache.Range copy = cache.empty();
      if (grow(copy, sequence.size(), found)) {
        cache.copy(kept.range(), copy, found.get().tokens());
        sequence.place(copy, found.get().tokens());
        return;
      }
      cache.release(copy);
    }
    place(sequence, cache.empty(), 0);
  }

  /** Whole blocks of its prompt but the one with the last token, from which something is drawn. */
  private int shared(Sequence sequence) {
    return blocks.start(sequence.promptSize() - 1);
  }

  /** Whether another answer to the same prompt is being placed where both can begin soon. */
  boolean isBeingRead(Sequence sequence) {
    return sequence.siblings().isBeingRead(sequence, shared(sequence));
  }

  private boolean placedBesideReader(Sequence sequence) {
    int shared = shared(sequence);
    Optional<Sequence> reader = sequence.siblings().reader(sequence, shared);
    if (shared == 0 || reader.isEmpty()) {
      return false;
    }
    KvCache.Range copy = cache.empty();
    if (!grow(copy, sequence.size(), Optional.empty())) {
      cache.release(copy);
      return false;
    }
    cache.copy(reader.get().range(), copy, shared);
    sequence.place(copy, shared);
    return true;
  }

  private void place(Sequence sequence, KvCache.Range range, int computed) {
    range.used(computed);
    if (!grow(range, sequence.size(), Optional.empty())) {
      throw new IllegalStateException("there was room for " + sequence.id());
    }
    sequence.place(range, computed);
  }

  /** Makes its range hold all of its tokens; false if there is no room. */
  boolean grow(Sequence sequence) {
    return grow(sequence.range(), sequence.size(), Optional.empty());
  }

  private boolean grow(KvCache.Range range, int tokens, Optional<Hit> spared) {
    while (!cache.growAlone(range, tokens)) {
      if (!prefixes.evictOldestBut(spared)) {
        return cache.grow(range, tokens);
      }
    }
    return true;
  }

  /** The sequence's tokens up to here are in the cache now. */
  void computed(Sequence sequence, int through) {
    int before = sequence.cached();
    int published = prefixes.publishedBlocks(sequence);
    sequence.cachedThrough(through);
    if (before < published && through >= published) {
      prefixes.publish(sequence);
    }
  }

  /** The range of a sequence that ended or gave its place up stays until somebody wants the room. */
  void vacate(Sequence sequence) {
    prefixes.keep(sequence);
    sequence.unplace();
  }

  /** What the sequence left in the cache is not trusted. */
  void discard(Sequence sequence) {
    cache.release(sequence.range());
    sequence.unplace();
  }

  /** Whether there is something to be settled. */
  boolean hasUnsettled() {
    return prefixes.unsettled().isPresent();
  }

  /** The next tokens of what is kept that are to be computed again in whole blocks. */
  Optional<Settling> settling() {
    return prefixes
      .unsettled()
      .map(kept -> {
        List<Span> spans = new ArrayList<>();
        int at = kept.settled();
        while (at < kept.length() && (spans.isEmpty() || at < kept.settled() + SETTLED_AT_ONCE)) {
          int end = blocks.end(at);
          spans.add(new Span(kept.ids(at, end), at, kept.range().start(), kept.adapter(), false));
          at = end;
        }
        return new Settling(kept, spans, at);
      });
  }

  /** Tokens of an ended sequence that are computed so that the next prompt finds them. */
  record Settling(Kept kept, List<Span> spans, int through) {}

  void settled(Settling what) {
    prefixes.settle(what.kept(), what.through());
  }

  /** It could not be computed: nobody shall find it. */
  void unsettle(Settling what) {
    prefixes.evict(what.kept());
  }
}
