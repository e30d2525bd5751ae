package dev.atrium.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TurnstileTest {

  @Test
  void letsOneThreadOfADeviceThroughAtATimeAndStarvesNone() throws Exception {
    Turnstile turnstile = new Turnstile();
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    List<AtomicInteger> steps = List.of(new AtomicInteger(), new AtomicInteger());
    CountDownLatch done = new CountDownLatch(2);
    for (AtomicInteger mine : steps) {
      Thread.ofPlatform().start(() -> {
          while (mine.get() < 50) {
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
    // While both want in they take turns, so neither can be far ahead when the other is half done.
    while (steps.get(0).get() < 25) {
      Thread.sleep(1);
    }
    assertThat(steps.get(1).get()).isBetween(15, 35);
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

  private static void sleep() {
    try {
      Thread.sleep(2);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
