package dev.atrium.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BatchesAheadTest {

  private static TrainingBatch batch(long step) {
    return new TrainingBatch(1, 1, new int[] { (int) step }, new int[] { 0 });
  }

  private static long step(TrainingBatch batch) {
    return batch.ids()[0];
  }

  @Test
  void givesEachStepItsBatchAlsoAfterAJump() {
    try (var batches = new BatchesAhead(BatchesAheadTest::batch, 3)) {
      for (long step : new long[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 40, 41, 7, 7, 8 }) {
        assertThat(step(batches.batch(step))).isEqualTo(step);
      }
    }
  }

  @Test
  void makesTheNextOnesMeanwhileButNoMoreThanItsBound() throws Exception {
    Queue<Long> asked = new ConcurrentLinkedQueue<>();
    var four = new CountDownLatch(5);
    try (
      var batches = new BatchesAhead(
        step -> {
          asked.add(step);
          four.countDown();
          return batch(step);
        },
        2
      )
    ) {
      assertThat(step(batches.batch(10))).isEqualTo(10);
      assertThat(four.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(asked).containsExactlyInAnyOrder(10L, 11L, 12L, 13L, 14L);
    }
  }

  @Test
  void tellsWhichBatchCouldNotBeMade() {
    try (
      var batches = new BatchesAhead(
        step -> {
          if (step == 2) throw new IllegalArgumentException("no words");
          return batch(step);
        },
        1
      )
    ) {
      batches.batch(0);
      batches.batch(1);
      assertThatThrownBy(() -> batches.batch(2))
        .hasMessageContaining("step 2")
        .hasRootCauseMessage("no words");
    }
  }
}
