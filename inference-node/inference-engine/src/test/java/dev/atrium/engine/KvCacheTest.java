package dev.atrium.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KvCacheTest {

  @Test
  void growsInPlaceWhereThereIsRoom() {
    List<String> copies = new ArrayList<>();
    KvCache cache = new KvCache(256, (from, to, n) -> copies.add(from + ">" + to + ":" + n));
    KvCache.Range range = allocate(cache, 10).orElseThrow();
    range.used(64);
    assertThat(cache.grow(range, 65)).isTrue();
    assertThat(range.capacity()).isEqualTo(128);
    assertThat(copies).isEmpty();
  }

  @Test
  void movesWhatIsWrittenWhenANeighbourIsInTheWay() {
    List<String> copies = new ArrayList<>();
    KvCache cache = new KvCache(256, (from, to, n) -> copies.add(from + ">" + to + ":" + n));
    KvCache.Range range = allocate(cache, 64).orElseThrow();
    allocate(cache, 64);
    range.used(50);
    assertThat(cache.grow(range, 65)).isTrue();
    assertThat(copies).containsExactly("0>128:50");
  }

  @Test
  void movesIntoTheLargestGapAndNobodyElseIfThatIsEnough() {
    List<String> copies = new ArrayList<>();
    KvCache cache = new KvCache(576, (from, to, n) -> copies.add(from + ">" + to + ":" + n));
    List<KvCache.Range> ranges = new ArrayList<>();
    for (int tokens : List.of(128, 64, 192, 64, 64)) {
      ranges.add(allocate(cache, tokens).orElseThrow());
    }
    cache.release(ranges.get(0));
    cache.release(ranges.get(2));
    KvCache.Range first = ranges.get(1);
    first.used(64);
    assertThat(cache.growAlone(first, 65)).isTrue();
    assertThat(copies).as("128 before it, 192 behind it, 64 at the end").isEmpty();
    KvCache.Range second = ranges.get(3);
    second.used(10);
    assertThat(cache.growAlone(second, 129)).isFalse();
    assertThat(cache.growAlone(second, 100)).isTrue();
    assertThat(copies).containsExactly("384>0:10");
  }

  @Test
  void aRangeThatCanNotBeCopiedStaysWhereItIsAndNobodyIsPutOnTopOfIt() {
    KvCache cache = new KvCache(256, (from, to, n) -> {
      throw new IllegalStateException("broken on purpose");
    });
    KvCache.Range range = allocate(cache, 64).orElseThrow();
    KvCache.Range behind = allocate(cache, 64).orElseThrow();
    range.used(64);
    assertThatThrownBy(() -> cache.growAlone(range, 65)).hasMessage("broken on purpose");
    assertThat(range.start()).isZero();
    assertThat(range.capacity()).isEqualTo(64);
    allocate(cache, 128);
    cache.release(behind);
    assertThat(allocate(cache, 64).orElseThrow().start()).isEqualTo(64);
  }

  @Test
  void whatARangeDoesNotNeedIsGivenBack() {
    KvCache cache = new KvCache(128, (from, to, n) -> {});
    KvCache.Range range = allocate(cache, 128).orElseThrow();
    cache.shrink(range, 40);
    assertThat(cache.free()).isEqualTo(88);
    cache.shrink(range, 50);
    assertThat(range.capacity()).isEqualTo(40);
    assertThat(allocate(cache, 88)).isPresent();
  }

  @Test
  void refusesMoreThanIsFreeAndChangesNothing() {
    KvCache cache = new KvCache(128, (from, to, n) -> {});
    KvCache.Range range = allocate(cache, 64).orElseThrow();
    assertThat(allocate(cache, 65)).isEmpty();
    assertThat(cache.grow(range, 129)).isFalse();
    assertThat(range.capacity()).isEqualTo(64);
    assertThat(cache.free()).isEqualTo(64);
  }

  @Test
  void everyRangeKeepsItsContentAndGrowsIfThatManyAreFree() {
    Random random = new Random(3);
    int[] arena = new int[1000];
    KvCache cache = new KvCache(1000, (from, to, n) -> System.arraycopy(arena, from, arena, to, n));
    List<KvCache.Range> ranges = new ArrayList<>();
    for (int i = 1; i < 5000; i++) {
      int tokens = 1 + random.nextInt(200);
      KvCache.Range range = ranges.isEmpty() ? null : ranges.get(random.nextInt(ranges.size()));
      switch (range == null ? 0 : random.nextInt(3)) {
        case 0 -> {
          boolean fits = tokens <= cache.free();
          Optional<KvCache.Range> made = allocate(cache, tokens);
          assertThat(made.isPresent()).isEqualTo(fits);
          made.ifPresent(ranges::add);
        }
        case 1 -> {
          boolean fits = tokens <= range.capacity() + cache.free();
          assertThat(cache.grow(range, tokens)).isEqualTo(fits);
        }
        default -> {
          cache.release(range);
          ranges.remove(range);
        }
      }
      ranges.forEach(r -> checkAndFill(arena, r));
    }
  }

  private static Optional<KvCache.Range> allocate(KvCache cache, int tokens) {
    KvCache.Range range = cache.empty();
    if (cache.grow(range, tokens)) {
      return Optional.of(range);
    }
    cache.release(range);
    return Optional.empty();
  }

  private static void checkAndFill(int[] arena, KvCache.Range range) {
    int stamp = System.identityHashCode(range);
    for (int at = 0; at < range.capacity(); at++) {
      if (at < range.used()) {
        assertThat(arena[range.start() + at]).isEqualTo(stamp + at);
      }
      arena[range.start() + at] = stamp + at;
    }
    range.used(range.capacity());
  }
}
