package dev.atrium.hub.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class OutageTest {

  private static final String REFUSED =
    "WARN server can't be asked: java.net.ConnectException: refused";
  private static final String CLOSED =
    "WARN server can't be asked: java.net.ConnectException: closed";
  private static final String AGAIN = "INFO server can be asked again";

  private final LogLines log = new LogLines(OutageTest.class);
  private long nanos = Long.MAX_VALUE - 1; // nanoTime may pass from the greatest to the least
  private final Outage outage = new Outage(
    LoggerFactory.getLogger(OutageTest.class),
    "server",
    () -> nanos
  );

  @AfterEach
  void close() {
    log.close();
  }

  private void later(Duration time) {
    nanos += time.toNanos();
  }

  private void fails(String reason) {
    outage.failed(new ConnectException(reason));
  }

  @Test
  void saysEachReasonOnceHoweverLongItLastsAndOnceThatItIsOver() {
    outage.answered();
    for (int i = 0; i < 100; i++) {
      fails("refused");
      fails(i < 50 ? "refused" : "closed");
      later(Duration.ofMinutes(5));
    }
    outage.answered();
    outage.answered();
    assertThat(log.all()).containsExactly(REFUSED, CLOSED, AGAIN);
  }

  @Test
  void saysTheSameReasonAnewInALaterOutage() {
    fails("refused");
    outage.answered();
    later(Duration.ofMinutes(2));
    fails("refused");
    fails("refused");
    assertThat(log.all()).containsExactly(REFUSED, AGAIN, REFUSED);
  }

  @Test
  void saysOnceAMinuteWhatComesAndGoesAndAtOnceWhatIsNew() {
    for (int second = 0; second < 120; second++) {
      fails("refused");
      outage.answered();
      later(Duration.ofSeconds(1));
    }
    assertThat(log.all()).containsExactly(REFUSED, AGAIN, REFUSED, AGAIN);
    fails("closed");
    assertThat(log.all()).hasSize(5).endsWith(CLOSED);
  }

  @Test
  void saysAReasonOfAnEarlierOutageAnewThoughAnotherBeganThisOne() {
    fails("refused");
    outage.answered();
    later(Duration.ofSeconds(1));
    fails("closed");
    fails("refused");
    assertThat(log.all()).containsExactly(REFUSED, AGAIN, CLOSED);
    later(Duration.ofMinutes(1));
    fails("closed");
    fails("refused");
    fails("refused");
    assertThat(log.all()).containsExactly(REFUSED, AGAIN, CLOSED, REFUSED);
  }

  @Test
  void staysBoundedWhenEveryReasonIsAnotherAndHidesNoneThatLasts() {
    for (int i = 0; i < 10_000; i++) {
      fails("request " + i + " " + "x".repeat(10_000));
    }
    assertThat(log.all())
      .hasSize(Outage.MOST)
      .allSatisfy(line -> assertThat(line).hasSizeLessThan(400));
    fails("closed");
    assertThat(log.all()).hasSize(Outage.MOST);
    later(Duration.ofMinutes(1));
    fails("closed");
    fails("closed");
    assertThat(log.all()).hasSize(Outage.MOST + 1).endsWith(CLOSED);
  }

  @Test
  void saysItOnceWhenManyThreadsMeetItAtOnce() throws Exception {
    int rounds = 500;
    CyclicBarrier together = new CyclicBarrier(4, () -> later(Duration.ofMinutes(1)));
    try (var threads = Executors.newFixedThreadPool(4)) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        all.add(
          threads.submit(() -> {
            for (int n = 0; n < rounds; n++) {
              together.await(10, TimeUnit.SECONDS);
              fails("refused");
              together.await(10, TimeUnit.SECONDS);
              outage.answered();
            }
            return null;
          })
        );
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
    assertThat(log.all()).hasSize(2 * rounds);
    assertThat(Set.copyOf(log.all())).containsExactlyInAnyOrder(REFUSED, AGAIN);
  }
}
