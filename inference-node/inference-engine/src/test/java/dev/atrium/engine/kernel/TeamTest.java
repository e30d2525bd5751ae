package dev.atrium.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.Engine;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TeamTest {

  @BeforeAll
  static void libraries() {
    Engine.getEngine("PyTorch");
  }

  private static final long MUCH = Long.MAX_VALUE;

  @Test
  void everyThingIsDoneOnceAndBeforeTheCallReturns() {
    try (Team team = new Team(3)) {
      for (int round = 0; round < 2_000; round++) {
        AtomicIntegerArray done = new AtomicIntegerArray(1 + (round % 20));
        team.run(done.length(), MUCH, done::incrementAndGet);
        for (int i = 0; i < done.length(); i++) {
          assertThat(done.get(i)).isEqualTo(1);
        }
      }
    }
  }

  @Test
  void othersHelpWithMuchAndNobodyIsWokenForLittle() throws InterruptedException {
    try (Team team = new Team(2)) {
      Set<Thread> threads = ConcurrentHashMap.newKeySet();
      while (threads.size() < 2) {
        team.run(2, MUCH, _ -> {
          threads.add(Thread.currentThread());
          sleep();
        });
      }
      threads.clear();
      team.run(100, 1, _ -> threads.add(Thread.currentThread()));
      assertThat(threads).containsExactly(Thread.currentThread());
    }
  }

  @Test
  void whatFailsInAnotherThreadFailsTheCall() {
    try (Team team = new Team(2)) {
      assertThatThrownBy(() ->
        team.run(8, MUCH, i -> {
          if (i == 5) {
            throw new UnsupportedOperationException("five");
          }
        })
      )
        .isInstanceOf(IllegalStateException.class)
        .hasRootCauseMessage("five");
      team.run(8, MUCH, _ -> {});
    }
  }

  private static void sleep() {
    try {
      Thread.sleep(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
