package dev.atrium.hub.budget;

import static dev.atrium.hub.testing.HubData.await;
import static dev.atrium.hub.testing.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.atrium.api.AtriumException;
import dev.atrium.api.ErrorCode;
import dev.atrium.hub.testing.Waits;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** How items become batches; what a batch does is tested with the database. */
class LedgerLaneTest {

  private static final Duration GATHER = Duration.ofMillis(3);

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

  /** A lane whose calls are under way until told, so that what is submitted meanwhile goes together. */
  private final class Held {

    final UUID first = UUID.randomUUID();
    final Promise<Void> open = Promise.promise();
    final LedgerLane<LedgerItem, LedgerVerdict> lane;

    Held(Function<List<LedgerItem>, Future<List<LedgerVerdict>>> rest) throws Exception {
      lane = new LedgerLane<>(vertx, GATHER, items -> {
        boolean isFirst = calls.isEmpty();
        calls.add(items);
        return open.future().compose(_ -> isFirst ? ok(items) : rest.apply(items));
      });
      var _ = lane.submit(item(first, 0));
      Waits.until("the first has gone", () -> calls.size() == 1);
    }

    /** The attempts of each call but the first, in which they went. */
    List<List<Integer>> rest() {
      return calls
        .stream()
        .skip(1)
        .map(items -> items.stream().map(LedgerItem::attempt).toList())
        .toList();
    }
  }

  private static Future<List<LedgerVerdict>> ok(List<LedgerItem> items) {
    return Future.succeededFuture(verdicts(items));
  }

  @Test
  void gathersWhileCallsAreUnderWayAndSendsAtMostSixteenInTheirOrder() throws Exception {
    Held held = new Held(LedgerLaneTest::ok);
    List<Future<LedgerVerdict>> answers = new ArrayList<>();
    for (int i = 1; i <= 40; i++) {
      answers.add(held.lane.submit(item(UUID.randomUUID(), i)));
    }
    // A full batch does not wait for the first call; the next ones wait for either.
    assertThat(calls).extracting(List::size).containsExactly(1, 16);
    held.open.complete();
    for (int i = 1; i <= 40; i++) {
      assertThat(await(answers.get(i - 1)).allowedTokens()).isEqualTo(i);
    }
    assertThat(held.rest()).extracting(List::size).containsExactly(16, 16, 8);
    assertThat(held.rest().stream().flatMap(List::stream)).isSorted();
  }

  @Test
  void sendsOneByItselfWhenNoOthersCome() {
    LedgerLane<LedgerItem, LedgerVerdict> lane = new LedgerLane<>(vertx, GATHER, items -> {
      calls.add(items);
      return ok(items);
    });
    await(lane.submit(item(UUID.randomUUID(), 1)));
    assertThat(calls).extracting(List::size).containsExactly(1);
  }

  @Test
  void neverPutsTwoItemsOfOneGenerationTogether() throws Exception {
    Held held = new Held(LedgerLaneTest::ok);
    UUID same = UUID.randomUUID();
    Future<LedgerVerdict> a = held.lane.submit(item(same, 1));
    Future<LedgerVerdict> b = held.lane.submit(item(UUID.randomUUID(), 2));
    Future<LedgerVerdict> c = held.lane.submit(item(same, 3));
    held.open.complete();
    await(Future.all(a, b, c));
    assertThat(held.rest()).containsExactly(List.of(1, 2), List.of(3));
  }

  @Test
  void aFullBatchLeavesOutWhomACallUnderWayIsAbout() throws Exception {
    Held held = new Held(LedgerLaneTest::ok);
    List<Future<LedgerVerdict>> answers = new ArrayList<>();
    answers.add(held.lane.submit(item(held.first, 1)));
    for (int i = 2; i <= 16; i++) {
      answers.add(held.lane.submit(item(UUID.randomUUID(), i)));
    }
    assertThat(calls).hasSize(1);
    answers.add(held.lane.submit(item(UUID.randomUUID(), 17)));
    assertThat(calls).hasSize(2);
    held.open.complete();
    await(Future.all(answers));
    assertThat(held.rest()).containsExactly(
      IntStream.rangeClosed(2, 17).boxed().toList(),
      List.of(1)
    );
  }

  @Test
  void oneBadItemHarmsNoOther() throws Exception {
    Held held = new Held(items ->
      items.stream().anyMatch(i -> i.attempt() == 2)
        ? Future.failedFuture(new IllegalStateException("bad"))
        : ok(items)
    );
    Future<LedgerVerdict> a = held.lane.submit(item(UUID.randomUUID(), 1));
    Future<LedgerVerdict> bad = held.lane.submit(item(UUID.randomUUID(), 2));
    Future<LedgerVerdict> c = held.lane.submit(item(UUID.randomUUID(), 3));
    held.open.complete();
    await(Future.all(a, c));
    assertThatThrownBy(() -> await(bad)).hasMessage("bad");
    assertThat(held.rest()).containsExactly(List.of(1, 2, 3), List.of(1), List.of(2), List.of(3));
  }

  @Test
  void withoutTheDatabaseNothingGoesAlone() throws Exception {
    Held held = new Held(_ ->
      Future.failedFuture(new AtriumException(ErrorCode.DATABASE_UNAVAILABLE))
    );
    Future<LedgerVerdict> a = held.lane.submit(item(UUID.randomUUID(), 1));
    Future<LedgerVerdict> b = held.lane.submit(item(UUID.randomUUID(), 2));
    held.open.complete();
    assertRefused(a, ErrorCode.DATABASE_UNAVAILABLE);
    assertRefused(b, ErrorCode.DATABASE_UNAVAILABLE);
    assertThat(held.rest()).containsExactly(List.of(1, 2));
  }

  @Test
  void refusesWhenTooManyWait() throws Exception {
    Held held = new Held(LedgerLaneTest::ok);
    List<Future<LedgerVerdict>> answers = new ArrayList<>();
    for (int i = 0; i < LedgerLane.MOST + LedgerLane.MOST_WAITING; i++) {
      answers.add(held.lane.submit(item(UUID.randomUUID(), 1)));
    }
    assertRefused(held.lane.submit(item(UUID.randomUUID(), 1)), ErrorCode.DATABASE_UNAVAILABLE);
    held.open.complete();
    await(Future.all(answers));
  }
}
