package dev.atrium.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BlocksTest {

  @Test
  void areShorterWhereTheyHaveMoreToLookBackOn() {
    Blocks blocks = new Blocks(256);
    assertThat(blocks.end(0)).isEqualTo(16);
    assertThat(blocks.end(511)).isEqualTo(512);
    assertThat(blocks.end(512)).isEqualTo(520);
    assertThat(blocks.end(2_047)).isEqualTo(2_048);
    assertThat(blocks.end(100_001)).isEqualTo(100_004);
    assertThat(blocks.start(100_003)).isEqualTo(100_000);
  }

  @Test
  void coverEveryPositionOnceWhateverTheBudget() {
    for (int budget : List.of(1, 3, 5, 7, 16, 1_000)) {
      Blocks blocks = new Blocks(budget);
      List<Integer> ends = new ArrayList<>();
      for (int at = 0; at < 3_000; at = blocks.end(at)) {
        ends.add(blocks.end(at));
        assertThat(blocks.end(at) - at).isBetween(1, Math.min(16, budget));
        int start = at;
        assertThat(IntStream.range(at, blocks.end(at))).allMatch(
          p -> blocks.start(p) == start && blocks.end(p) == blocks.end(start)
        );
      }
      assertThat(ends).contains(512, 2_048);
    }
  }
}
