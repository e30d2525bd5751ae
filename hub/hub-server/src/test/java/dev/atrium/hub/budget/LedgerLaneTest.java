package dev.atrium.hub.budget;

import static dev.atrium.hub.testing.HubData.await;
import static dev.atrium.hub.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** How items become batches; what a batch does is tested with the database. */
class LedgerLaneTest {

  private static Vertx vertx;
  private final List<List<LedgerItem>> calls = new CopyOnWriteArrayList<>();

  @BeforeAll
  static void start() {
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void stop() {
    await(vertx.close());
  }

  private static LedgerItem item(UUID generation, int attempt) {
    return new LedgerItem.TopUp(generation, attempt, 1);
  }

  private static List<LedgerVerdict> verdicts(List<LedgerItem> items) {
    return items
      .stream()
      .map(i -> new LedgerVerdict(LedgerVerdict.OK, i.attempt(), 0, ""))
      .toList();
  }

  @Test
  void gathersWhileACallIsUnderWayAndSendsAtMostSixteenInTheirOrder() {
    Promise<Void> first = Promise.promise();
    LedgerLane lane = new LedgerLane(vertx, items -> {
      calls.add(items);
      return (calls.size() == 1 ? first.future() : Future.succeededFuture()).map(verdicts(items));
    });
    List<Future<LedgerVerdict>> answers = new ArrayList<>();
    for (int i = 1; i <= 40; i++) {
      answers.add(lane.submit(item(UUID.randomUUID(), i)));
    }
    assertThat(calls).hasSize(1);
    first.complete();
    for (int i = 1; i <= 40; i++) {
      assertThat(await(answers.get(i - 1)).allowedTokens()).isEqualTo(i);
    }
    assertThat(calls).extracting(List::size).containsExactly(16, 16, 8);
    assertThat(calls.stream().flatMap(List::stream).map(LedgerItem::attempt)).isSorted();
  }

  @Test
  void sendsFewAfterMilliseconds() {
    LedgerLane lane = new LedgerLane(vertx, items -> {
      calls.add(items);
      return Future.succeededFuture(verdicts(items));
    });
    Future<LedgerVerdict> one = lane.submit(item(UUID.randomUUID(), 1));
    Future<LedgerVerdict> two = lane.submit(item(UUID.randomUUID(), 2));
    await(Future.all(one, two));
    assertThat(calls).extracting(List::size).containsExactly(2);
  }

  @Test
  void neverPutsTwoItemsOfOneGenerationTogether() {
    LedgerLane lane = new LedgerLane(vertx, items -> {
      calls.add(items);
      return Future.succeededFuture(verdicts(items));
    });
    UUID same = UUID.randomUUID();
    Future<LedgerVerdict> a = lane.submit(item(same, 1));
    Future<LedgerVerdict> b = lane.submit(item(UUID.randomUUID(), 2));
    Future<LedgerVerdict> c = lane.submit(item(same, 3));
    await(Future.all(a, b, c));
    assertThat(calls)
      .extracting(items -> items.stream().map(LedgerItem::attempt).toList())
      .containsExactly(List.of(1, 2), List.of(3));
  }

  @Test
  void oneBadItemHarmsNoOther() {
    LedgerLane lane = new LedgerLane(vertx, items -> {
      calls.add(items);
      return items.stream().anyMatch(i -> i.attempt() == 2)
        ? Future.failedFuture(new IllegalStateException("bad"))
        : Future.succeededFuture(verdicts(items));
    });
    Future<LedgerVerdict> a = lane.submit(item(UUID.randomUUID(), 1));
    Future<LedgerVerdict> bad = lane.submit(item(UUID.randomUUID(), 2));
    Future<LedgerVerdict> c = lane.submit(item(UUID.randomUUID(), 3));
    await(Future.all(a, c));
    assertThatThrownBy(() -> await(bad)).hasMessage("bad");
    assertThat(calls).extracting(List::size).containsExactly(3, 1, 1, 1);
  }

  @Test
  void withoutTheDatabaseNothingGoesAlone() {
    LedgerLane lane = new LedgerLane(vertx, items -> {
      calls.add(items);
      return Future.failedFuture(new AtriumException(ErrorCode.DATABASE_UNAVAILABLE));
    });
    Future<LedgerVerdict> a = lane.submit(item(UUID.randomUUID(), 1));
    assertRefused(lane.submit(item(UUID.randomUUID(), 2)), ErrorCode.DATABASE_UNAVAILABLE);
    assertRefused(a, ErrorCode.DATABASE_UNAVAILABLE);
    assertThat(calls).hasSize(1);
  }

  @Test
  void refusesWhenTooManyWait() {
    LedgerLane lane = new LedgerLane(vertx, _ -> Promise.<List<LedgerVerdict>>promise().future());
    List<Future<LedgerVerdict>> answers = new ArrayList<>();
    for (int i = 0; i < LedgerLane.MOST + LedgerLane.MOST_WAITING; i++) {
      answers.add(lane.submit(item(UUID.randomUUID(), 1)));
    }
    assertThat(answers).noneMatch(Future::isComplete);
    assertRefused(lane.submit(item(UUID.randomUUID(), 1)), ErrorCode.DATABASE_UNAVAILABLE);
  }
}
