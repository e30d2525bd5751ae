package dev.atrium.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TurnstileTest {

  @Test
  void letsOneThreadOfADeviceThroughAtATimeAndStarvesNone() throws Exception {
    Turnstile turnstile = new Turnstile();
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    List<AtomicInteger> steps = List.of(new AtomicInteger(), new AtomicInteger());
    AtomicBoolean stop = new AtomicBoolean();
    CountDownLatch done = new CountDownLatch(2);
    for (AtomicInteger mine : steps) {
      Thread.ofPlatform().start(() -> {
          while (!stop.get()) {
            turnstile.pass(() -> {
              most.accumulateAndGet(inside.incrementAndGet(), Math::max);
              sleep();
              inside.decrementAndGet();
              mine.incrementAndGet();
            });
          }
          done.countDown();
        });
    }
    waitFor(steps.get(0), 5);
    waitFor(steps.get(1), 5);
    int[] before = counts(turnstile, steps);
    waitFor(steps.get(0), before[0] + 30);
    int[] after = counts(turnstile, steps);
    // Both want in all the time, so they take turns.
    assertThat(after[1] - before[1]).isCloseTo(after[0] - before[0], within(5));
    stop.set(true);
    assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(most).hasValue(1);
  }

  @Test
  void keepsDevicesApart() {
    Turnstile.PerDevice devices = new Turnstile.PerDevice();
    assertThat(devices.of("cpu")).isSameAs(devices.of("cpu")).isNotSameAs(devices.of("cuda:0"));
    List<String> order = new ArrayList<>();
    devices.of("cpu").pass(() -> devices.of("cuda:0").pass(() -> order.add("inner")));
    assertThat(order).containsExactly("inner");
  }

  /** Counted from within, where nobody else can take a step. */
  private static int[] counts(Turnstile turnstile, List<AtomicInteger> steps) {
    int[] counts = new int[2];
    turnstile.pass(() -> {
      counts[0] = steps.get(0).get();
      counts[1] = steps.get(1).get();
    });
    return counts;
  }

  private static void waitFor(AtomicInteger steps, int count) throws InterruptedException {
    while (steps.get() < count) {
      Thread.sleep(1);
    }
  }

  private static void sleep() {
    try {
      Thread.sleep(2);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
