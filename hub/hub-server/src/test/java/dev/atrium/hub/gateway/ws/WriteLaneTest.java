package dev.atrium.hub.gateway.ws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.hub.testing.Waits;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WriteLaneTest {

  private static final int EACH = 20_000;

  private final Vertx vertx = Vertx.vertx();
  private final Context loop = vertx.getOrCreateContext();
  private final WriteLane lane = new WriteLane(loop);

  @AfterEach
  void close() throws Exception {
    Waits.get(vertx.close());
  }

  @Test
  void whateverManyThreadsAddIsDoneOnceInTheirOrderOnTheLoop() throws Exception {
    int threads = 4;
    List<List<Integer>> done = new ArrayList<>();
    Set<Thread> by = new HashSet<>();
    CountDownLatch left = new CountDownLatch(threads * EACH);
    for (int i = 0; i < threads; i++) {
      List<Integer> mine = new ArrayList<>();
      done.add(mine);
      Thread.ofPlatform().start(() -> {
          for (int n = 0; n < EACH; n++) {
            int number = n;
            lane.add(() -> {
              mine.add(number);
              by.add(Thread.currentThread());
              left.countDown();
            });
          }
        });
    }
    assertThat(left.await(30, TimeUnit.SECONDS)).isTrue();
    for (List<Integer> mine : done) {
      assertThat(mine).hasSize(EACH).isSorted().doesNotHaveDuplicates();
    }
    assertThat(by).hasSize(1);
  }

  @Test
  void whatTheLoopItselfAddsComesAfterWhatWaits() throws Exception {
    List<String> done = new ArrayList<>();
    CountDownLatch last = new CountDownLatch(1);
    loop.runOnContext(_ -> {
      lane.add(() -> {
        done.add("first");
        lane.add(() -> {
          done.add("third");
          last.countDown();
        });
      });
      lane.add(() -> done.add("second"));
    });
    assertThat(last.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(done).containsExactly("first", "second", "third");
  }

  @Test
  void whatFailsHoldsUpNothingBehindIt() throws Exception {
    CountDownLatch last = new CountDownLatch(1);
    loop.runOnContext(_ -> {
      lane.add(() -> {
        throw new IllegalStateException("a socket that is broken, for the test");
      });
      lane.add(last::countDown);
    });
    assertThat(last.await(5, TimeUnit.SECONDS)).isTrue();
  }
}
