package dev.atrium.hub.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;

class RateLimitTest {

  private static final long SECOND = 1_000_000_000;

  private final UUID ada = UUID.randomUUID();
  private final UUID ben = UUID.randomUUID();

  @Test
  void allowsABurstAndThenSaysHowLongToWait() {
    RateLimit limit = new RateLimit(3, 0.5);
    for (int i = 0; i < 3; i++) {
      assertThat(limit.take(ada, 0)).isZero();
    }
    assertThat(limit.take(ada, 0)).isEqualTo(2);
    assertThat(limit.take(ada, SECOND)).isEqualTo(1);
  }

  @Test
  void whoWaitsAsLongAsToldIsLetIn() {
    RateLimit limit = new RateLimit(1, 0.3);
    long now = 0;
    for (int i = 0; i < 20; i++) {
      assertThat(limit.take(ada, now)).isZero();
      int wait = limit.take(ada, now);
      assertThat(wait).isPositive();
      now += wait * SECOND;
    }
  }

  @Test
  void beingRefusedCostsNothing() {
    RateLimit limit = new RateLimit(1, 1);
    assertThat(limit.take(ada, 0)).isZero();
    for (int i = 1; i <= 100; i++) {
      assertThat(limit.take(ada, (i * SECOND) / 200)).isEqualTo(1);
    }
    assertThat(limit.take(ada, SECOND)).isZero();
  }

  @Test
  void aLongPauseSavesUpNoMoreThanABurst() {
    RateLimit limit = new RateLimit(2, 10);
    assertThat(limit.take(ada, 0)).isZero();
    long later = 3_600 * SECOND;
    assertThat(limit.take(ada, later)).isZero();
    assertThat(limit.take(ada, later)).isZero();
    assertThat(limit.take(ada, later)).isPositive();
  }

  @Test
  void oneUserDoesNotUseUpAnothersTokens() {
    RateLimit limit = new RateLimit(1, 0.1);
    assertThat(limit.take(ada, 0)).isZero();
    assertThat(limit.take(ada, 0)).isPositive();
    assertThat(limit.take(ben, 0)).isZero();
  }

  @Test
  void keepsToItsRateOverTime() {
    RateLimit limit = new RateLimit(5, 2);
    int taken = 0;
    for (long now = 0; now <= 60 * SECOND; now += SECOND / 100) {
      taken += limit.take(ada, now) == 0 ? 1 : 0;
    }
    assertThat(taken).isBetween(5 + 2 * 60 - 1, 5 + 2 * 60 + 1);
  }
}
