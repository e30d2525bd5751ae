package dev.atrium.engine;

import static org.assertj.core.api.Assertions.assertThat;

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
    KvCache.Range range = cache.allocate(10).orElseThrow();
    range.used(64);
    assertThat(cache.grow(range, 65)).isTrue();
    assertThat(range.capacity()).isEqualTo(128);
    assertThat(copies).isEmpty();
  }

  @Test
  void movesWhatIsWrittenWhenANeighbourIsInTheWay() {
    List<String> copies = new ArrayList<>();
    KvCache cache = new KvCache(256, (from, to, n) -> copies.add(from + ">" + to + ":" + n));
    KvCache.Range range = cache.allocate(64).orElseThrow();
    cache.allocate(64);
    range.used(50);
    assertThat(cache.grow(range, 65)).isTrue();
    assertThat(copies).containsExactly("0>128:50");
  }

  @Test
  void refusesMoreThanIsFreeAndChangesNothing() {
    KvCache cache = new KvCache(128, (from, to, n) -> {});
    KvCache.Range range = cache.allocate(64).orElseThrow();
    assertThat(cache.allocate(65)).isEmpty();
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
          Optional<KvCache.Range> made = cache.allocate(tokens);
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
