package dev.atrium.hub.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AttemptLimiterTest {

  private final AtomicLong now = new AtomicLong(1);
  private final AttemptLimiter limiter = new AttemptLimiter(
    new AuthConfig.Allowance(3, Duration.ofSeconds(10)),
    now::get
  );

  private void pass(int seconds) {
    now.addAndGet(Duration.ofSeconds(seconds).toNanos());
  }

  @Test
  void allowsABurstThenOneEachInterval() {
    for (var i = 0; i < 3; i++) {
      assertThat(limiter.charge("a").allowed()).isTrue();
    }
    assertThat(limiter.charge("a").retryAfter()).isEqualTo(Duration.ofSeconds(10));
    pass(9);
    assertThat(limiter.charge("a").retryAfter()).isEqualTo(Duration.ofSeconds(1));
    pass(1);
    assertThat(limiter.charge("a").allowed()).isTrue();
    assertThat(limiter.charge("a").allowed()).isFalse();
  }

  @Test
  void countsEveryKeyForItself() {
    for (var i = 0; i < 4; i++) {
      limiter.charge("a");
    }
    assertThat(limiter.charge("b").allowed()).isTrue();
  }

  @Test
  void neverRefusesWhoIsAlwaysRight() {
    for (var i = 0; i < 100; i++) {
      assertThat(limiter.charge("a").allowed()).isTrue();
      limiter.giveBack("a");
    }
  }

  @Test
  void forgetsTheLeastRecentKeyRatherThanGrow() {
    for (var i = 0; i < 4; i++) {
      limiter.charge("first");
    }
    for (var i = 0; i < 20_000; i++) {
      limiter.charge("other" + i);
    }
    assertThat(limiter.charge("first").allowed()).isTrue();
  }
}
