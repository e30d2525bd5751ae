package dev.atrium.hub.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.api.CloseCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class OutboxTest {

  /** A socket whose reader takes frames only when the test says so. */
  private static final class Reader implements Outbox.Sink {

    final List<String> handed = new ArrayList<>();
    final Deque<Promise<Void>> unread = new ArrayDeque<>();
    final List<CloseCode> closes = new ArrayList<>();

    @Override
    public synchronized Future<Void> write(String text) {
      handed.add(text);
      Promise<Void> promise = Promise.promise();
      unread.add(promise);
      return promise.future();
    }

    @Override
    public synchronized void close(CloseCode code) {
      closes.add(code);
    }

    void read() {
      unread.removeFirst().complete();
    }

    void breakOff() {
      while (!unread.isEmpty()) {
        unread.removeFirst().fail("gone");
      }
    }

    long bytes() {
      return handed
        .stream()
        .mapToLong(t -> t.getBytes(StandardCharsets.UTF_8).length)
        .sum();
    }
  }

  private final Reader reader = new Reader();
  private final Outbox outbox = new Outbox(reader);

  @Test
  void handsOnInOrderAndForgetsWhatWasRead() {
    assertThat(outbox.offer("a")).isTrue();
    assertThat(outbox.offer("b")).isTrue();
    assertThat(reader.handed).containsExactly("a", "b");
    long both = outbox.waiting();
    reader.read();
    assertThat(outbox.waiting()).isEqualTo(both / 2);
    reader.read();
    assertThat(outbox.waiting()).isZero();
  }

  @Test
  void countsBytesOfUtf8AsTheyAreWritten() {
    for (String text : List.of("", "a", "é", "好", "👋", "a好é👋 mixed ߿ࠀ\uffff")) {
      long before = outbox.waiting();
      outbox.offer(text);
      assertThat(outbox.waiting() - before)
        .as(text)
        .isEqualTo(Outbox.FRAME_BYTES + text.getBytes(StandardCharsets.UTF_8).length);
    }
  }

  @Test
  void aStalledReaderIsClosedOnceAtTheBoundAndCostsNoMore() {
    String frame = "好".repeat(300);
    int taken = 0;
    while (outbox.offer(frame)) {
      taken++;
      assertThat(outbox.waiting()).isLessThanOrEqualTo(Outbox.MOST_BYTES);
    }
    assertThat(reader.closes).containsExactly(CloseCode.SLOW_READER);
    assertThat(reader.handed).hasSize(taken);
    assertThat(reader.bytes())
      .isLessThanOrEqualTo(Outbox.MOST_BYTES)
      .isGreaterThan(Outbox.MOST_BYTES / 2);
    for (int i = 0; i < 1_000; i++) {
      assertThat(outbox.offer(frame)).isFalse();
    }
    assertThat(reader.handed).hasSize(taken);
    assertThat(reader.closes).hasSize(1);
  }

  @Test
  void manySmallFramesCountForWhatTheyCost() {
    int taken = 0;
    while (outbox.offer("{}")) {
      taken++;
    }
    assertThat(taken).isLessThanOrEqualTo((int) (Outbox.MOST_BYTES / Outbox.FRAME_BYTES));
  }

  @Test
  void aFrameLargerThanEverythingIsNotHandedOn() {
    assertThat(outbox.offer("x".repeat((int) Outbox.MOST_BYTES))).isFalse();
    assertThat(reader.handed).isEmpty();
    assertThat(reader.closes).containsExactly(CloseCode.SLOW_READER);
  }

  @Test
  void aReaderThatKeepsUpIsNeverClosed() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      assertThat(outbox.offer("x".repeat(random.nextInt(1_000)))).isTrue();
      if (reader.unread.size() > 100) {
        while (!reader.unread.isEmpty()) {
          reader.read();
        }
      }
    }
    assertThat(reader.bytes()).isGreaterThan(4 * Outbox.MOST_BYTES);
    assertThat(reader.closes).isEmpty();
  }

  @Test
  void whatCouldNotBeWrittenWaitsNoMore() {
    outbox.offer("a");
    outbox.offer("b");
    reader.breakOff();
    assertThat(outbox.waiting()).isZero();
  }

  @Test
  void onlyTheFirstReasonToCloseCounts() {
    outbox.close(CloseCode.HUB_LEAVING);
    outbox.close(CloseCode.BAD_FRAME);
    assertThat(reader.closes).containsExactly(CloseCode.HUB_LEAVING);
    assertThat(outbox.isClosed()).isTrue();
    assertThat(outbox.offer("late")).isFalse();
  }

  @Test
  void whatTheOtherSideHasClosedIsNotClosedAgain() {
    outbox.closed();
    outbox.close(CloseCode.HUB_LEAVING);
    assertThat(reader.closes).isEmpty();
    assertThat(outbox.offer("late")).isFalse();
  }

  @Test
  void manyThreadsTogetherStayWithinTheBound() throws Exception {
    AtomicInteger taken = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    String frame = "x".repeat(1_000);
    for (int i = 0; i < 8; i++) {
      threads.add(
        Thread.ofPlatform().start(() -> {
            for (int j = 0; j < 1_000; j++) {
              if (outbox.offer(frame)) {
                taken.incrementAndGet();
              }
            }
          })
      );
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(reader.handed).hasSize(taken.get());
    assertThat(reader.bytes()).isLessThanOrEqualTo(Outbox.MOST_BYTES);
    assertThat(reader.closes).containsExactly(CloseCode.SLOW_READER);
  }
}
